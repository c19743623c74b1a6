using Tenon.Host.Data;

namespace Tenon.Gpt.Tests;

public class PackedRowsTests
{
    private static readonly CollateContext Context = new(new SeededRandom(1), Training: true, new ToyTokenizer());

    private static readonly PromptExample[] Examples =
        [new("abcd", "ef"), new("ab", "cdefgh"), new("abcdefgh", "ab"), new("hgfe", "dc"), new("a", "b")];

    [Fact]
    public void Rows_contain_every_example_once_and_never_overflow()
    {
        using GptModel model = Models.Tiny();
        IDataset data = new Listed([.. Enumerable.Range(0, 200).Select(i => Examples[i % 5])]);
        PackedRows rows = PackedRows.Of(data.Train, data.PacksOf(model)!, Context.Tokenizer, new SeededRandom(3));
        int total = 0;
        var seen = new List<PromptExample>();
        for (long i = 0; i < rows.Count; i++)
        {
            PromptExample[] examples = [.. rows[i].Examples.Cast<PromptExample>()];
            int length = examples.Sum(example => model.Length(example, Context.Tokenizer));
            length.Should().BeInRange(1, model.RowLength);
            total += length;
            seen.AddRange(examples);
        }

        seen.Should().HaveCount(200);
        seen.GroupBy(example => example).Should().OnlyContain(group => group.Count() == 40);
        (total / (double)(rows.Count * model.RowLength)).Should().BeGreaterThan(0.9);
    }

    private sealed class Listed(PromptExample[] examples) : IDataset<PromptExample>, IExamples<PromptExample>
    {
        public DataFacts Facts { get; } = new();

        public IExamples<PromptExample> Train => this;

        public IExamples<PromptExample>? Validation => null;

        public long Count => examples.Length;

        public PromptExample this[long index] => examples[index];

        public void Dispose()
        {
        }
    }
}
