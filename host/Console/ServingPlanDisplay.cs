using System.Globalization;
using Spectre.Console;
using Tenon.Host.Planning;

namespace Tenon.Cli.Console;

/// <summary>Shows plans of generation.</summary>
internal static class ServingPlanDisplay
{
    /// <summary>Writes a plan of generation.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="cluster">Name of the cluster.</param>
    /// <param name="plan">The plan.</param>
    public static void Show(IAnsiConsole console, string cluster, ServingPlan plan)
    {
        string gpus = plan.Tensor == 1 ? "1 GPU" : $"{plan.Tensor} GPUs";
        Table figures = Terminal.Figures().Title(PrintableText.Escape($"generation on {cluster}, {gpus}"));
        figures.AddTexts("weights", ClusterPlanDisplay.Bytes(plan.WeightBytes));
        figures.AddTexts("cache of a token", ClusterPlanDisplay.Bytes(plan.CacheBytesPerToken));
        figures.AddTexts($"cache of a text of {plan.ContextTokens:N0} tokens",
            ClusterPlanDisplay.Bytes(plan.CacheBytesPerToken * plan.ContextTokens));
        figures.AddTexts("texts that fit", plan.MostUsers.ToString("N0", CultureInfo.InvariantCulture));
        console.WriteTable(figures);
        Table table = Terminal.Table("texts", "cache", "tokens per second", "time of a token");
        foreach (ServingPoint point in plan.Points)
        {
            table.AddTexts(point.Users.ToString("N0", CultureInfo.InvariantCulture), ClusterPlanDisplay.Bytes(point.CacheBytes),
                point.TokensPerSecond.ToString("N0", CultureInfo.InvariantCulture), ClusterPlanDisplay.Seconds(point.TokenSeconds));
        }

        console.WriteTable(table);
        console.Text().WriteLine("Every text has the model's full context. A token takes as long as reading weights and caches, or as " +
            "the matrix products, whichever is longer.");
    }
}
