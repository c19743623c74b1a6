using Tenon.Host.Planning;

namespace Tenon.Host.Tests.Planning;

public sealed class MemoryModelTests
{
    private static readonly NumberSizes Program = new(4, 4, 8, 2, 4);

    // Rajbhandari et al. 2020, figure 1: 7.5 billion parameters on 64 GPUs.
    [Theory]
    [InlineData(0, 120)]
    [InlineData(1, 31.40625)]
    [InlineData(2, 16.640625)]
    [InlineData(3, 1.875)]
    public void The_papers_example_of_zero(int stage, double gigabytes)
    {
        (double weights, double gradients, double optimizer) = NumberSizes.Papers.PerRank(stage, 64);

        (7.5 * (weights + gradients + optimizer)).Should().BeApproximately(gigabytes, 1e-9);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 8 + 8.0 / 32)]
    [InlineData(2, 4 + 12.0 / 32)]
    [InlineData(3, 16.0 / 32)]
    public void The_programs_numbers_have_32_bits(int stage, double bytes)
    {
        (double weights, double gradients, double optimizer) = Program.PerRank(stage, 32);

        (weights + gradients + optimizer).Should().BeApproximately(bytes, 1e-12);
    }

    // Korthikanti et al. 2022, table 2, in bytes of s·b·h for a layer.
    [Theory]
    [InlineData(1, false, Recomputation.None, 34 + 5 * 96 * 2048 / 12_288.0)]
    [InlineData(8, false, Recomputation.None, 10 + 24.0 / 8 + 5 * 96 * 2048 / (12_288.0 * 8))]
    [InlineData(8, true, Recomputation.None, (34 + 5 * 96 * 2048 / 12_288.0) / 8)]
    [InlineData(8, true, Recomputation.Selective, 34.0 / 8)]
    [InlineData(8, false, Recomputation.Selective, 10 + 24.0 / 8)]
    public void Activations_of_a_layer(int tensor, bool sequence, Recomputation recomputation, double bytes)
    {
        // As many stages as layers, and one micro-batch: the accelerator keeps one layer.
        TrainingModel model = TrainingModel.Gpt("test", 96, 12_288, 96);
        var layout = new Layout(1, tensor, 96, 1) { SequenceParallel = sequence, Recomputation = recomputation };

        double kept = new MemoryModel(model).Of(layout, batch: 1).Activations;

        (kept / (2048.0 * 12_288)).Should().BeApproximately(bytes, 1e-6);
    }

    [Fact]
    public void Full_recomputation_keeps_the_input_of_each_layer_and_the_layer_being_processed()
    {
        TrainingModel model = TrainingModel.Gpt("test", 96, 12_288, 96);
        var layout = new Layout(1, 8, 12, 1) { Recomputation = Recomputation.Full };

        double kept = new MemoryModel(model).Of(layout, batch: 64).Activations;

        double layer = 10 + 24.0 / 8 + 5 * 96 * 2048 / (12_288.0 * 8);
        (kept / (2048.0 * 12_288)).Should().BeApproximately(12 * 8 * 2 + layer, 1e-6);
    }

    [Fact]
    public void The_first_stage_keeps_as_much_whatever_the_number_of_stages()
    {
        TrainingModel model = TrainingModel.Gpt("test", 96, 12_288, 96);
        double[] kept = [.. new[] { 2, 4, 8, 16 }.Select(stages => new MemoryModel(model).Of(new Layout(1, 8, stages, 1), 64).Activations)];

        kept.Should().AllSatisfy(bytes => bytes.Should().BeApproximately(kept[0], 1));
    }

    [Fact]
    public void Interleaving_keeps_more()
    {
        TrainingModel model = TrainingModel.Gpt("test", 96, 12_288, 96);
        var layout = new Layout(1, 8, 8, 1);
        var memory = new MemoryModel(model);

        double ratio = memory.Of(layout with { Chunks = 3 }, 64).Activations / memory.Of(layout, 64).Activations;

        ratio.Should().BeApproximately(1 + 7.0 / (8 * 3), 1e-9);
    }
}
