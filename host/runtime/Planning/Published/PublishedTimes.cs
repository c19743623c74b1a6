namespace Tenon.Host.Planning.Published;

/// <summary>Published training times and speeds next to the program's.</summary>
internal static class PublishedTimes
{
    private const double Tera = 1e12;
    private const double Day = 86_400;
    private const double DaysOfYear = 365.25;
    private const double DaysOfMonth = DaysOfYear / 12;
    private const string Narayanan = "Narayanan et al. 2021";
    private const string Table2 = "Narayanan et al. 2021, table 2";
    private const string Press = "press article, ascribed to NVIDIA";

    // 288 years on one V100 (Narayanan et al. 2021, section 1) are 46.2 · 10¹² operations per second.
    private const double V100Teraflops = 46.2;
    private const double Gpt3Tokens = 300e9;

    private static readonly Assumptions Assumed = new();

    // The papers use neither ZeRO nor sequence parallelism, and recompute all layers.
    private static readonly SearchSpace OfPaper = new()
    {
        HighestZero = 0,
        SequenceParallel = false,
        Recomputations = [Recomputation.Full],
    };

    /// <summary>The training times.</summary>
    /// <param name="v100">The cluster of the claims about V100.</param>
    /// <param name="a100">The cluster of the papers.</param>
    public static IReadOnlyList<PublishedTime> Of(Cluster v100, Cluster a100)
    {
        TrainingModel gpt3 = PublishedModels.Gpt3, gpt530 = PublishedModels.Gpt530;
        return
        [
            Time("GPT-3 175B on 8 V100: 36 years", Press, gpt3, v100, 8, 1536, Gpt3Tokens, 36 * DaysOfYear, V100Teraflops),
            Time("GPT-3 175B on 512 V100: almost 7 months", Press, gpt3, v100, 512, 1536, Gpt3Tokens, 6.75 * DaysOfMonth, V100Teraflops),
            Time("GPT-3 175B on 1,024 A100: 34 days", Narayanan, gpt3, a100, 1024, 1536, Gpt3Tokens, 34, 140),
            Time("1T on 3,072 A100: 84 days", Narayanan, PublishedModels.Gpt1000, a100, 3072, 3072, 450e9, 84, 163),
            Time("174.6B on 384 A100: 84 days", Table2, gpt3, a100, 384, 1536, Gpt3Tokens, 84, 153),
            Time("174.6B on 768 A100: 43 days", Table2, gpt3, a100, 768, 1536, Gpt3Tokens, 43, 149),
            Time("174.6B on 1,536 A100: 23 days", Table2, gpt3, a100, 1536, 1536, Gpt3Tokens, 23, 141),
            Time("529.6B on 560 A100: 156 days", Table2, gpt530, a100, 560, 2240, Gpt3Tokens, 156, 171),
            Time("529.6B on 1,120 A100: 80 days", Table2, gpt530, a100, 1120, 2240, Gpt3Tokens, 80, 167),
            Time("529.6B on 2,240 A100: 42 days", Table2, gpt530, a100, 2240, 2240, Gpt3Tokens, 42, 159),
        ];
    }

    /// <summary>The rows of table 1.</summary>
    /// <param name="a100">The cluster of the paper.</param>
    public static IReadOnlyList<PublishedRow> Rows(Cluster a100) => [.. PublishedModels.Rows.Select(row =>
    {
        TrainingModel model = row.Model;
        LayoutSearch search = Search(model, a100, OfPaper with { Chunks = [.. new[] { 1, row.Chunks }.Distinct()] });
        return new PublishedRow(
            model, row.Billions, row.Teraflops, search.Rank(row.Layout, row.Batch), search.Best(row.Gpus, row.Batch)!);
    })];

    /// <summary>The utilization of Megatron-LM with selective recomputation and sequence parallelism on one replica.</summary>
    /// <param name="a100">The cluster of the paper.</param>
    public static IReadOnlyList<PublishedUtilization> Utilizations(Cluster a100) =>
    [
        Utilization(PublishedModels.Gpt22, a100, pipeline: 1, chunks: 1, batch: 4, microBatch: 4, 0.415, 0.437),
        Utilization(PublishedModels.Gpt3, a100, pipeline: 8, chunks: 3, batch: 64, microBatch: 1, 0.514, 0.528),
        Utilization(PublishedModels.Gpt530, a100, pipeline: 35, chunks: 3, batch: 280, microBatch: 1, 0.560, 0.570),
        Utilization(PublishedModels.Gpt1000, a100, pipeline: 64, chunks: 1, batch: 512, microBatch: 1, 0.563, 0.570),
    ];

    private static PublishedTime Time(
        string claim, string source, TrainingModel model, Cluster cluster, int gpus, int batch, double tokens, double days,
        double teraflops)
    {
        double rate = gpus * teraflops * Tera * Day;
        LayoutSearch search = Search(model, cluster, OfPaper);
        RankedLayout? best = search.Best(gpus, batch);
        double flop = new StepModel(model, cluster, cluster.DefaultPrecision, Assumed)
            .HardwareFlop(new Layout(1, 1, 1, 1) { Recomputation = Recomputation.Full }, batch) / (batch * model.UnitsPerExample);
        return new PublishedTime(
            claim, source, days, teraflops, 8 * tokens * model.Parameters / rate, flop * tokens / rate, best,
            best?.Time.Total * tokens / (batch * model.UnitsPerExample) / Day, best is null ? Missing(search, gpus, batch) : null);
    }

    private static string Missing(LayoutSearch search, int gpus, int batch)
    {
        double least = search.All(gpus, batch).TooLarge.Min(layout => layout.Memory.Total);
        return $"does not fit: {least / 1e9:N0} GB of each GPU's {search.Usable / 1e9:N0}";
    }

    private static PublishedUtilization Utilization(
        TrainingModel model, Cluster cluster, int pipeline, int chunks, int batch, int microBatch, double printedModel,
        double printedHardware)
    {
        const int Tensor = 8;
        var layout = new Layout(1, Tensor, pipeline, microBatch)
        {
            Chunks = chunks,
            SequenceParallel = true,
            Recomputation = Recomputation.Selective,
        };
        // Korthikanti et al. (2022, appendix A) count 1 + s/(3h) + V/(12hL) with selective recomputation, and 1 + s/(6h) + … without it.
        double scores = model.UnitsPerExample / (6.0 * model.Stack!.HiddenSize);
        double without = model.ForwardFlop / (24.0 * model.Layers * Math.Pow(model.Stack.HiddenSize, 2));
        return new PublishedUtilization(
            model, printedModel, printedHardware, printedModel * (without + scores) / without,
            Search(model, cluster, OfPaper).Rank(layout, batch));
    }

    private static LayoutSearch Search(TrainingModel model, Cluster cluster, SearchSpace space) =>
        new(model, cluster, cluster.DefaultPrecision, Assumed, space);
}
