using Spectre.Console;

namespace Tenon.Cli.Console;

/// <summary>Progress as lines, for files, pipes and continuous integration: one for each line of metrics.</summary>
/// <param name="console">Where lines go.</param>
internal sealed class PlainProgress(IAnsiConsole console) : ITrainingProgress
{
    /// <inheritdoc/>
    public void Report(ProgressFigures figures)
    {
        if (!figures.IsLogged)
            return;
        string step = figures.Step.ToString().PadLeft(figures.Total.ToString().Length);
        string validation = figures.ValidationLoss is { } loss ? $"  validation {Wording.Loss(loss)}" : "";
        string left = figures.Left is { } time && figures.Step < figures.Total ? $"  {Wording.Time(time)} left" : "";
        Say($"step {step}/{figures.Total}  loss {Wording.Loss(figures.Loss)}{validation}  learning rate {Wording.Rate(figures.LearningRate)}  {Wording.Count(figures.UnitsPerSecond)} {figures.Unit}/s{left}");
    }

    /// <summary>Shows nothing: lines tell what is finished.</summary>
    /// <param name="what">Not used.</param>
    public void Doing(string? what)
    {
    }

    // Not console.WriteLine: it breaks lines at 80 columns where there is no terminal to be that wide.
    /// <inheritdoc/>
    public void Say(string text) => console.Profile.Out.Writer.WriteLine(text);

    /// <inheritdoc/>
    public void Dispose() => console.Profile.Out.Writer.Flush();
}
