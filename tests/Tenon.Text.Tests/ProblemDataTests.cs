using System.Globalization;
using Tenon.Text.Problems;

namespace Tenon.Text.Tests;

public sealed class ProblemDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.jsonl", "{\"prompt\": \"17 + 25 =\", \"answer\": \" 42\"}\n{\"prompt\": \"1 + 1 =\", \"answer\": 2}\n")]
    [InlineData("a.tsv", "prompt\tanswer\n17 + 25 =\t 42\n1 + 1 =\t2\n")]
    public void Prompts_have_answers(string name, string content)
    {
        _folder.Write(name, content);
        Prompts(new PromptsOptions { Files = [name] }).Train.All().Should().Equal(
            new PromptExample("17 + 25 =", " 42"), new PromptExample("1 + 1 =", "2"));
    }

    [Fact]
    public void Fields_have_names_and_empty_answers_are_rejected_with_their_line()
    {
        _folder.Write("a.jsonl",
            "{\"question\": \"q\", \"final\": {\"value\": 3}}\n{\"question\": \"r\", \"final\": {\"value\": \" \"}}\n");
        var options = new PromptsOptions { Files = ["a.jsonl"], Prompt = "question", Answer = "final.value" };

        Action read = () => Prompts(options);

        read.Should().Throw<DataException>().WithMessage("*a.jsonl:2: the answer is empty. Fill it in or remove the row.");
        _folder.Write("a.jsonl", "{\"question\": \"q\", \"final\": {\"value\": 3}}\n");
        Prompts(options).Train.All().Should().Equal(new PromptExample("q", "3"));
    }

    [Fact]
    public void Problems_are_different_right_and_depend_on_the_seed_alone()
    {
        using IDataset<PromptExample> data = Arithmetic(new ArithmeticOptions());
        PromptExample[] train = [.. data.Train.All()], heldOut = [.. data.Validation!.All()];

        (train.Length, heldOut.Length).Should().Be((5000, 500));
        data.Facts.Summary.Should().Be("5,000 problems of 2 numbers with up to 2 digits; 500 held out");
        train.Concat(heldOut).Should().OnlyHaveUniqueItems();
        foreach (PromptExample example in train.Concat(heldOut))
        {
            int[] numbers = Numbers(example);
            numbers.Should().HaveCount(2).And.OnlyContain(number => number >= 0 && number < 100);
            example.Should().Be(new PromptExample($"{numbers[0]} + {numbers[1]} =", $" {numbers.Sum()}"));
        }

        Arithmetic(new ArithmeticOptions()).Train.All().Should().Equal(train);
        Arithmetic(new ArithmeticOptions { Seed = 2 }).Train.All().Should().NotEqual(train);
        Arithmetic(new ArithmeticOptions { Seed = 2 }).Facts.Fingerprint.Should().NotBe(data.Facts.Fingerprint);
    }

    [Fact]
    public void Held_out_sums_are_not_trained_on_in_another_order()
    {
        using IDataset<PromptExample> data = Arithmetic(new ArithmeticOptions { Digits = 1, Problems = 1000, HeldOut = 1000 });

        data.Train.Count.Should().BeInRange(70, 99);
        (data.Train.Count + data.Validation!.Count).Should().Be(100, "those are all sums of two digits");
        Pairs(data.Train).Should().NotIntersectWith(Pairs(data.Validation!));

        static IEnumerable<string> Pairs(IExamples<PromptExample> examples) =>
            examples.All().Select(example => string.Join(' ', Numbers(example).Order()));
    }

    [Theory]
    [InlineData(new long[] { 2, 3, 4 }, new[] { ArithmeticOperation.Add, ArithmeticOperation.Multiply }, "2 + 3 * 4", 14, "2 + 3 * 4")]
    [InlineData(new long[] { 2, 3, 4 }, new[] { ArithmeticOperation.Multiply, ArithmeticOperation.Subtract }, "2 * 3 - 4", 2, "2 * 3 - 4")]
    [InlineData(new long[] { 2, 30, 4, 5 }, new[] { ArithmeticOperation.Subtract, ArithmeticOperation.Multiply,
        ArithmeticOperation.Subtract }, "2 - 30 * 4 - 5", -123, "2 - 30 * 4 - 5")]
    [InlineData(new long[] { 9, 1, 4 }, new[] { ArithmeticOperation.Multiply, ArithmeticOperation.Multiply }, "9 * 1 * 4", 36, "1 * 4 * 9")]
    [InlineData(new long[] { 9, 1 }, new[] { ArithmeticOperation.Subtract }, "9 - 1", 8, "9 - 1")]
    public void Multiplication_precedes(long[] numbers, ArithmeticOperation[] operations, string text, int result, string key)
    {
        var problem = new ArithmeticProblem(numbers, operations);

        (problem.Text, problem.Result, problem.Key).Should().Be((text, result, key));
    }

    [Fact]
    public void Difficulty_is_an_option()
    {
        var options = new ArithmeticOptions
        {
            Operands = 3,
            Digits = 4,
            Problems = 50,
            HeldOut = 5,
            Operations = [ArithmeticOperation.Subtract, ArithmeticOperation.Multiply],
        };
        using IDataset<PromptExample> data = Arithmetic(options);

        data.Train.All().Should().OnlyContain(example => Numbers(example).Length == 3 && !example.Prompt.Contains('+'));
        data.Train.All().Should().Contain(example => example.Prompt.Contains('*')).And.Contain(example => example.Response.Contains('-'));
    }

    private static int[] Numbers(PromptExample example) =>
        [.. example.Prompt.Split(' ').Where(part => char.IsAsciiDigit(part[0]))
            .Select(part => int.Parse(part, CultureInfo.InvariantCulture))];

    private IDataset<PromptExample> Prompts(PromptsOptions options) => new PromptsData(_folder.Cache).Open(options, _folder.Context);

    private IDataset<PromptExample> Arithmetic(ArithmeticOptions options) => new ArithmeticData().Open(options, _folder.Context);
}
