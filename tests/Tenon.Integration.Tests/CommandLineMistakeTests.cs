using Tenon.Cli.Commands;

namespace Tenon.Integration.Tests;

/// <summary>
/// Typical mistakes on the command line: each is answered with what is wrong and the nearest valid form, before anything runs.
/// </summary>
[Collection(InOneProcess.Name)]
public sealed class CommandLineMistakeTests
{
    [Theory]
    // Commands.
    [InlineData("trian", "'trian' is not a command of 'tenon'. Did you mean 'run'?")]
    [InlineData("generat x", "Did you mean 'generate'?")]
    [InlineData("evaluate x", "Did you mean 'eval'?")]
    [InlineData("plugins instal x", "'instal' is not a command of 'tenon plugins'. Did you mean 'install'?")]
    [InlineData("help trian", "Did you mean 'run'?")]
    [InlineData("version", "Did you mean '--version'?")]
    [InlineData("--training:steps 10",
        "The command is missing. To run the default recipe with these settings: tenon run --training:steps 10")]
    // Arguments.
    [InlineData("generate", "'tenon generate' needs the argument folder:")]
    [InlineData("resume", "For example: tenon resume runs/gpt-sdk-docs")]
    [InlineData("merge x", "'tenon merge' needs --output:")]
    [InlineData("matrix foo", "'foo' is one argument too many for 'tenon matrix'.")]
    [InlineData("list gtp", "Did you mean 'gpt'?")]
    [InlineData("list strategies", "Did you mean 'strategy'?")]
    // Options.
    [InlineData("generate x --promt hello", "'--promt' is not an option of 'tenon generate'. Did you mean '--prompt'?")]
    [InlineData("generate x --max-tokens 5", "Did you mean '--max-new-tokens'?")]
    [InlineData("generate x --top_k 5", "Did you mean '--top-k'?")]
    [InlineData("fill x --tpo 3", "'--tpo' is not an option of 'tenon fill'. Did you mean '--top'?")]
    [InlineData("list --jsn", "Did you mean '--json'?")]
    [InlineData("generate x --temperature hot", "--temperature takes a number; found 'hot'.")]
    [InlineData("generate x --temperature -1", "--temperature takes 0 … 100; found -1.")]
    [InlineData("generate x --temperature", "--temperature has no value.")]
    [InlineData("generate x --seed abc", "--seed takes an integer that is not negative; found 'abc'.")]
    [InlineData("generate x --weights int4", "--weights is 'int4'; allowed: auto, fp32, bf16, int8. Did you mean 'int8'?")]
    [InlineData("sample x --steps 0", "--steps takes 1 or more; found 0.")]
    // Recipes and their keys.
    [InlineData("run gpt-sdk-doc", "Did you mean 'gpt-sdk-docs'?")]
    [InlineData("run gpt-sdk-docs --steps 10", "Did you mean 'training:steps'?")]
    [InlineData("run gpt-sdk-docs --batch-size 4", "Did you mean 'training:batchSize'?")]
    [InlineData("run gpt-sdk-docs --training.steps 10", "Did you mean 'training:steps'?")]
    [InlineData("run gpt-sdk-docs training:steps 10", "Did you mean '--training:steps'?")]
    [InlineData("run gpt-sdk-docs --training:stpes 10", "Did you mean 'steps'?")]
    [InlineData("run gpt-sdk-docs --training:steps ten", "training:steps: is 'ten'; it must be an integer.")]
    [InlineData("run gpt-sdk-docs --training:steps", "'--training:steps' has no value. Write --training:steps=value.")]
    [InlineData("run gpt-sdk-docs --training:schedule cosin", "Did you mean 'cosine'?")]
    [InlineData("run gpt-sdk-docs --model:use gtp", "Did you mean 'gpt'?")]
    [InlineData("run gpt-sdk-docs --device:use gpu", "Did you mean 'cpu'?")]
    [InlineData("run gpt-sdk-docs --device cuda", "To choose a device, write --device:use cuda.")]
    [InlineData("run gpt-sdk-docs --seed -1", "seed: is -1; allowed: at least 0.")]
    public void A_mistake_is_answered_with_the_nearest_valid_form(string typed, string answer)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        int code = EntryPoint.Run(typed.Split(' '), output, errors);

        (output.ToString() + errors).Should().Contain(answer);
        (output.ToString() + errors).Should().NotContain("System.").And.NotContain("Unhandled");
        code.Should().Be(ExitCode.Invalid);
    }

    [Fact]
    public void A_missing_folder_is_answered_with_the_nearest_one()
    {
        using var workspace = new Workspace();
        Directory.CreateDirectory(workspace.At("runs", "my-model"));
        using var output = new StringWriter();
        using var errors = new StringWriter();

        EntryPoint.Run(["generate", workspace.At("runs", "my-modle")], output, errors).Should().Be(ExitCode.RunFailed);
        EntryPoint.Run(["resume", workspace.At("runs", "my-modle")], output, errors).Should().Be(ExitCode.RunFailed);

        errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(2)
            .And.OnlyContain(line => line.Contains($"Did you mean '{workspace.At("runs", "my-model")}'?"));
    }

    [Fact]
    public void A_text_that_begins_with_two_dashes_follows_two_dashes()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        EntryPoint.Run(["fill", "nowhere", "--", "--a [MASK]"], output, errors);

        errors.ToString().Should().StartWith("The folder 'nowhere' does not exist.");
    }
}
