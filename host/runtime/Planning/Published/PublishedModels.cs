namespace Tenon.Host.Planning.Published;

/// <summary>A row of Narayanan et al. (2021), table 1, with vocabulary 51,200 and sequences of 2,048 tokens.</summary>
/// <param name="Billions">Parameters as printed, in 10⁹.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Hidden">Hidden size.</param>
/// <param name="Layers">Layers.</param>
/// <param name="Tensor">Tensor-parallel size.</param>
/// <param name="Pipeline">Pipeline-parallel size.</param>
/// <param name="Gpus">A100 with 80 GB.</param>
/// <param name="Batch">Sequences of a step.</param>
/// <param name="Teraflops">Reached by each GPU, recomputation included, in 10¹² per second.</param>
/// <param name="MicroBatch">Micro-batch, from Megatron-LM's script of the table.</param>
/// <param name="Chunks">Chunks of each stage, from the same script.</param>
internal sealed record ScaledRow(
    double Billions, int Heads, int Hidden, int Layers, int Tensor, int Pipeline, int Gpus, int Batch, double Teraflops, int MicroBatch,
    int Chunks)
{
    /// <summary>The model.</summary>
    public TrainingModel Model => PublishedModels.Megatron($"{Billions:0.#}B", Layers, Hidden, Heads);

    /// <summary>The paper's layout.</summary>
    public Layout Layout => new(Gpus / Tensor / Pipeline, Tensor, Pipeline, MicroBatch)
    {
        Chunks = Chunks,
        Recomputation = Recomputation.Full,
    };
}

/// <summary>Models whose training was published, and the sizes that papers state.</summary>
internal static class PublishedModels
{
    /// <summary>GPT-3 (Brown et al. 2020): 175 billion parameters.</summary>
    public static TrainingModel Gpt3 { get; } = Megatron("GPT-3 175B", layers: 96, hidden: 12_288, heads: 96);

    /// <summary>530 billion parameters.</summary>
    public static TrainingModel Gpt530 { get; } = Megatron("530B", layers: 105, hidden: 20_480, heads: 128);

    /// <summary>A trillion parameters.</summary>
    public static TrainingModel Gpt1000 { get; } = Megatron("1T", layers: 128, hidden: 25_600, heads: 160);

    /// <summary>22 billion parameters (Korthikanti et al. 2022).</summary>
    public static TrainingModel Gpt22 { get; } = Megatron("22B", layers: 48, hidden: 6144, heads: 64);

    /// <summary>A model as Megatron-LM trains it.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="layers">Layers.</param>
    /// <param name="hidden">Hidden size.</param>
    /// <param name="heads">Attention heads.</param>
    public static TrainingModel Megatron(string name, int layers, int hidden, int heads) =>
        TrainingModel.Gpt(name, layers, hidden, heads) with { Sizes = NumberSizes.Megatron };

    /// <summary>The rows of Narayanan et al. (2021), table 1.</summary>
    public static IReadOnlyList<ScaledRow> Rows { get; } =
    [
        new(1.7, 24, 2304, 24, 1, 1, 32, 512, 137, 16, 1),
        new(3.6, 32, 3072, 30, 2, 1, 64, 512, 138, 16, 1),
        new(7.5, 32, 4096, 36, 4, 1, 128, 512, 142, 16, 1),
        new(18.4, 48, 6144, 40, 8, 1, 256, 1024, 135, 8, 1),
        new(39.1, 64, 8192, 48, 8, 2, 512, 1536, 138, 4, 1),
        new(76.1, 80, 10_240, 60, 8, 4, 1024, 1792, 140, 2, 3),
        new(145.6, 96, 12_288, 80, 8, 8, 1536, 2304, 148, 2, 2),
        new(310.1, 128, 16_384, 96, 8, 16, 1920, 2160, 155, 1, 2),
        new(529.6, 128, 20_480, 105, 8, 35, 2520, 2520, 163, 1, 3),
        new(1008.0, 160, 25_600, 128, 8, 64, 3072, 3072, 163, 1, 1),
    ];
}
