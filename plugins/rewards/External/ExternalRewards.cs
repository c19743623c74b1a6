using System.Globalization;

namespace Tenon.Rewards.External;

/// <summary>
/// Scores responses with a program, such as unit tests of generated code, a proof checker or a solver. A separate process with limits
/// on time and memory checks each outcome. The program must be deterministic. Requires Linux, whose prlimit sets the memory limit.
/// </summary>
[Reward("external", "The number that a checker program prints for a response; refused unless the recipe allows it",
    TestSettings = ["program=/usr/bin/wc", "arguments:0=-c", "allow=true"])]
public sealed class ExternalRewards : IRewardFactory<ExternalOptions, TextOutcome>
{
    /// <inheritdoc/>
    public IReward<TextOutcome> Open(ExternalOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (!OperatingSystem.IsLinux())
            throw new ModelException(
                "The reward 'external' limits the memory of its program, which only works on Linux. Use another reward.");
        string program = Path.GetFullPath(options.Program!, context.BaseDirectory);
        return File.Exists(program)
            ? new ExternalReward(new LimitedProgram(program, options), options)
            : throw new DataException(
                $"The program '{program}' does not exist. Set the reward's 'program' to the path of an executable file.");
    }

    private sealed class ExternalReward(LimitedProgram program, ExternalOptions options) : IReward<TextOutcome>
    {
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes) =>
            [.. outcomes.Chunk(options.Processes).SelectMany(part => Task.WhenAll(part.Select(Score)).GetAwaiter().GetResult())];

        private async Task<double> Score(TextOutcome outcome)
        {
            ProgramResult result = await program.Run(CheckerInput.Of(outcome)).ConfigureAwait(false);
            if (result.Failure is { } failure)
                return options.FailureScore ?? throw Unscored(outcome, $"it {failure}", result,
                    "Fix the program, or set the reward's 'failureScore'.");
            return double.TryParse(result.Output.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double score)
                && double.IsFinite(score)
                ? score
                : throw Unscored(
                    outcome, $"it printed '{Shorten(result.Output.Trim())}', not one finite number", result, "Fix the program.");
        }

        private ModelException Unscored(TextOutcome outcome, string reason, ProgramResult result, string fix)
        {
            string errors = result.Errors.Trim();
            string details = errors.Length > 0 ? $" It wrote to its standard error: '{Shorten(errors)}'." : "";
            return new ModelException(
                $"The program '{program.Path}' has no score for the response '{Shorten(outcome.Response)}': {reason}.{details} {fix}");
        }

        private static string Shorten(string text) => text.Length <= 200 ? text : $"{text[..200]}…";
    }
}
