using System.ComponentModel.DataAnnotations;
using Tenon.Rewards;
using Tenon.Rewards.External;

namespace Tenon.Rlhf.Tests;

/// <summary>Rewards that check answers.</summary>
public sealed class AnswerRewardTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-answers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("42", "42", 1)]
    [InlineData(" 42 ", "42", 1)]
    [InlineData("+1,000.0", "1e3", 1)]
    [InlineData("0042.", "42", 1)]
    [InlineData("0.5", ".50", 1)]
    [InlineData("−3", "-3", 1)]
    [InlineData("-0", "0.00", 1)]
    [InlineData("12345678901234567890123", "12345678901234567890124", 0)] // Not rounded.
    [InlineData("0.1", "0.10000000000000001", 0)]
    [InlineData("1,00", "100", 0)] // The comma does not separate thousands.
    [InlineData("4.2", "42", 0)]
    [InlineData("42 apples", "42", 0)]
    [InlineData("", "0", 0)]
    [InlineData(".", "0", 0)]
    [InlineData("New  York", "New York", 1)]
    [InlineData("new york", "New York", 0)]
    public void Answers_are_compared_as_numbers_or_texts(string response, string answer, double expected) =>
        Score(new ExactAnswerOptions(), response, answer).Should().Be(expected);

    [Theory]
    [InlineData(@"#### (\S+)", "so 6 * 7 #### 42", "he has 6 * 7 = 42\n#### 42.0", 1)]
    [InlineData(@"#### (\S+)", "42", "#### 42", 0)] // The response has no answer.
    [InlineData(@"#### (\S+)", "#### 41 #### 42", "42", 1)] // The last match counts, and the data's answer does not match the pattern.
    [InlineData("-?[0-9]+", "it is 7, no, -8", "-8", 1)]
    public void A_pattern_finds_the_answer(string pattern, string response, string answer, double expected) =>
        Score(new ExactAnswerOptions { Pattern = pattern }, response, answer).Should().Be(expected);

    [Fact]
    public void Case_can_be_ignored() => Score(new ExactAnswerOptions { IgnoreCase = true }, "new york", "New York").Should().Be(1);

    [Fact]
    public void An_unknown_answer_is_an_error()
    {
        Action score = () => Score(new ExactAnswerOptions(), "42", null);
        score.Should().Throw<ModelException>()
            .WithMessage("The response to 'p' cannot be checked: the data has no answer for it.*'prompts' or 'arithmetic'*");
    }

    [Fact]
    public void A_program_scores_each_outcome_from_a_line_of_JSON()
    {
        ExternalOptions options =
            Program($"cd {_folder.FullName}; cat > seen.$$; cat seen.$$ >> all; wc -c < seen.$$") with { Processes = 2 };

        External(options, new("p \"é", "one\ntwo", true) { Answer = "three" }, new("", "", false)).Should().Equal(
            "{'prompt':'p \\'é','response':'one\\ntwo','answer':'three','ended':true}\n".Length + 1,
            "{'prompt':'','response':'','answer':null,'ended':false}\n".Length);
        File.ReadAllLines(At("all")).Should().Contain("""{"prompt":"p \"é","response":"one\ntwo","answer":"three","ended":true}""");
    }

    [Fact]
    public void Arguments_are_not_read_by_a_shell() => External(new ExternalOptions
    {
        Program = "/usr/bin/printf",
        Arguments = ["%.0s%s", "$(echo 1); echo 2", "3"],
        Allow = true,
    }).Should().Equal(3);

    [Theory]
    [InlineData("exit 3", "*has no score for the response 'r': it ended with exit code 3 (memory is limited to 64 MB, " +
        "'memoryLimit').*set the reward's 'failureScore'.")]
    [InlineData("echo oops >&2; exit 1", "*exit code 1*It wrote to its standard error: 'oops'.*")]
    [InlineData("sleep 60", "*it ran longer than 0.5 s ('timeLimit').*")]
    [InlineData("sleep 60 & exit 0", "*it ran longer than 0.5 s ('timeLimit').*")] // A child keeps the output open.
    [InlineData("x=$(head -c 200000000 /dev/zero | tr '\\0' 'x'); echo ${#x}", "*it ended with exit code*memory is limited to 64 MB*")]
    public void Limits_and_exit_codes_are_failures(string script, string message)
    {
        ExternalOptions options =
            Program(script) with { TimeLimit = script.StartsWith("sleep", StringComparison.Ordinal) ? 0.5 : 60, MemoryLimit = 64 };

        Action score = () => External(options);

        score.Should().Throw<ModelException>().WithMessage(message);
        External(options with { FailureScore = -1 }).Should().Equal(-1);
    }

    [Theory]
    [InlineData("echo good", "*it printed 'good', not one finite number. Fix the program.")]
    [InlineData("echo NaN", "*it printed 'NaN', not one finite number.*")]
    [InlineData("true", "*it printed '', not one finite number.*")]
    public void Anything_but_a_number_ends_the_run(string script, string message)
    {
        Action score = () => External(Program(script) with { FailureScore = 0 });
        score.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void A_program_that_ignores_its_input_and_prints_much_is_read_to_the_end()
    {
        Action score = () => External(Program("head -c 1000000 /dev/zero | tr '\\0' '1'"));
        score.Should().Throw<ModelException>().WithMessage("*it printed '1111*");
        External(Program("echo 0.25")).Should().Equal(0.25);
    }

    [Fact]
    public void A_program_must_be_allowed_and_executable()
    {
        var refused = new ExternalOptions { Program = "check.sh" };
        refused.Validate(new ValidationContext(refused)).Should().ContainSingle()
            .Which.ErrorMessage.Should()
                .Be("is false, so the program 'check.sh' may not run. It would run with your permissions. If you trust it, set allow to " +
                    "true.");

        Action missing = () => External(refused with { Allow = true });
        missing.Should().Throw<DataException>().WithMessage("The program '*check.sh' does not exist. Set the reward's 'program'*");
        File.WriteAllText(At("check.sh"), "echo 1");
        Action start = () => External(refused with { Allow = true });
        start.Should().Throw<ModelException>().WithMessage("The program '*check.sh' cannot be started:*must be executable*");
    }

    private static double Score(ExactAnswerOptions options, string response, string? answer) =>
        new ExactAnswerRewards().Open(options, null!).Score([new TextOutcome("p", response, true) { Answer = answer }]).Single();

    private IReadOnlyList<double> External(ExternalOptions options, params TextOutcome[] outcomes) => new ExternalRewards()
        .Open(options, new RewardContext(_folder.FullName, null!)).Score(outcomes is [] ? [new TextOutcome("p", "r", true)] : outcomes);

    private ExternalOptions Program(string script)
    {
        File.WriteAllText(At("check"), script);
        return new ExternalOptions { Program = "/bin/sh", Arguments = [At("check")], Allow = true };
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
