namespace Tenon.Host.Artifacts.Metrics;

/// <summary>The rewards at the end of a run.</summary>
internal static class FinalRewards
{
    /// <summary>Returns the mean over the last tenth of each reward's values, because a single batch is noisy.</summary>
    /// <param name="folder">The run's folder.</param>
    public static IEnumerable<(string Name, double Mean)> Of(RunFolder folder) =>
        !File.Exists(folder.Metrics) ? [] : MetricsLog.ReadAll(folder.Metrics)
            .Where(figure => figure.Key.StartsWith(FigureNames.Reward, StringComparison.Ordinal))
            .Select(figure => (figure.Key, figure.Value.TakeLast(Math.Max(1, figure.Value.Count / 10)).Average(point => point.Value)));
}
