namespace Tenon.Host.Planning.Published;

/// <summary>Published figures that follow from their inputs alone: cost, memory and utilization.</summary>
internal static class PublishedConstants
{
    private const double Year = 365.25 * 86_400;
    private const double HoursOfYear = 365.25 * 24;
    private const string Lambda = "Lambda 2020, technical overview of GPT-3";
    private const string Zero = "Rajbhandari et al. 2020, figure 1";
    private const string Palm = "Chowdhery et al. 2022, table 3";

    // A V100's fp16 rate without tensor cores, which Lambda's estimate assumes, and its operations, 6·T·P.
    private const double LambdaRate = 28e12;
    private const double LambdaFlop = 3.14e23;
    private const double LambdaPrice = 1.48;

    private const double ZeroParameters = 7.5e9;
    private const int ZeroRanks = 64;

    /// <summary>The figures.</summary>
    public static IReadOnlyList<PublishedFigure> All { get; } =
    [
        new("GPT-3: years of one V100", Lambda, "years", 355, LambdaFlop / LambdaRate / Year,
            "3.14e23 operations (6·T·P) at 28 TFLOP/s, the fp16 rate without tensor cores"),
        new("GPT-3: cost", Lambda, "$ million", 4.6, LambdaFlop / LambdaRate / Year * HoursOfYear * LambdaPrice / 1e6,
            "the same at $1.48 an hour, the lowest price with a three-year reservation"),
        new("an iteration of GPT-3 on 1,024 A100", "Megatron-LM, readme of 2023", "s", 32, Iteration,
            "96·B·s·l·h²·(1 + s/(6h) + V/(16·l·h)) with B = 1,536, at 138 TFLOP/s"),
        State("7.5B without ZeRO", 0, 120, "16 bytes a parameter"),
        State("7.5B, ZeRO-1 on 64", 1, 31.4, "4 + 12/64 bytes a parameter"),
        State("7.5B, ZeRO-2 on 64", 2, 16.6, "2 + 14/64 bytes a parameter"),
        State("7.5B, ZeRO-3 on 64", 3, 1.9, "16/64 bytes a parameter"),
        new("checkpoint of 1T", "Narayanan et al. 2021, section 5.10", "TB", 13.8,
            PublishedModels.Gpt1000.Parameters * NumberSizes.Papers.Checkpoint / 1e12,
            "14 bytes a parameter: weights, master copy and moments"),
        Utilization("PaLM 540B on 6,144 TPU v4: MFU", 46.2, 540.35e9, 118, 48 * 256, 238.3e3, 6144, 275e12, countsAttention: true),
        Utilization("the same without attention", 45.7, 540.35e9, 118, 48 * 256, 238.3e3, 6144, 275e12, countsAttention: false),
        Utilization("Megatron-Turing 530B on 2,240 A100: MFU", 30.2, 530e9, 105, 20_480, 65.43e3, 2240, 312e12, countsAttention: true),
        Utilization("the same without attention", 29.7, 530e9, 105, 20_480, 65.43e3, 2240, 312e12, countsAttention: false),
    ];

    private static double Iteration
    {
        get
        {
            const double Batch = 1536, Sequence = 2048, Layers = 96, Hidden = 12_288, Vocabulary = 51_200, Gpus = 1024, Rate = 138e12;
            double flop = 96 * Batch * Sequence * Layers * Hidden * Hidden
                * (1 + Sequence / (6 * Hidden) + Vocabulary / (16 * Layers * Hidden));
            return flop / (Gpus * Rate);
        }
    }

    private static PublishedFigure State(string claim, int stage, double printed, string basis)
    {
        (double weights, double gradients, double optimizer) = NumberSizes.Papers.PerRank(stage, ZeroRanks);
        return new PublishedFigure(claim, Zero, "GB", printed, ZeroParameters * (weights + gradients + optimizer) / 1e9, basis);
    }

    // Operations per token: 6N + 12·L·H·Q·T, with H·Q the width of attention (Chowdhery et al. 2022, appendix B).
    private static PublishedFigure Utilization(
        string claim, double printed, double parameters, double layers, double width, double tokensPerSecond, double chips, double peak,
        bool countsAttention)
    {
        const double Sequence = 2048;
        double flop = 6 * parameters + (countsAttention ? 12 * layers * width * Sequence : 0);
        return new PublishedFigure(claim, Palm, "%", printed, 100 * tokensPerSecond * flop / (chips * peak),
            $"{tokensPerSecond / 1000:0.##} thousand tokens/s of 6N{(countsAttention ? " + 12·L·H·Q·T" : "")}");
    }
}
