using Spectre.Console;

namespace Tenon.Cli.Console;

/// <summary>What is known after a step.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Total">Steps that the run is to have.</param>
/// <param name="Loss">Mean loss since the last line of metrics.</param>
/// <param name="ValidationLoss">The newest, or null.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="UnitsPerSecond">Tokens or examples a second.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Left">Time that the rest will take, or null when unknown.</param>
/// <param name="IsLogged">Whether this step has a line in the metrics.</param>
internal sealed record ProgressFigures(
    long Step, long Total, double Loss, double? ValidationLoss, double LearningRate, double UnitsPerSecond, string Unit, TimeSpan? Left, bool IsLogged);

/// <summary>Shows how a run goes. Called from the training thread.</summary>
internal interface ITrainingProgress : IDisposable
{
    /// <summary>Shows figures.</summary>
    /// <param name="figures">After a step.</param>
    void Report(ProgressFigures figures);

    /// <summary>Says what is done at the moment besides steps: <c>validating</c>; null: steps.</summary>
    /// <param name="what">A few words.</param>
    void Doing(string? what);

    /// <summary>Says something that stays on the screen.</summary>
    /// <param name="text">Plain text, without mark-up.</param>
    void Say(string text);
}

/// <summary>Chooses how progress is shown.</summary>
internal static class TrainingProgress
{
    /// <summary>A live display in a terminal, lines elsewhere.</summary>
    /// <param name="console">Where to show it.</param>
    public static ITrainingProgress For(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities.Interactive ? new LiveProgress(console) : new PlainProgress(console);
}
