using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Lora;

namespace Tenon.Adapters.Tests;

/// <summary>LoRA on a frozen base whose weights exist only in a packed format (QLoRA; Dettmers et al. 2023).</summary>
public class FrozenBaseTests
{
    private static readonly LoraOptions Options = new() { Rank = 4, Dropout = 0.1 };

    public static TheoryData<WeightFormat> Formats => [WeightFormat.Bf16, WeightFormat.Fp16, WeightFormat.Int8, WeightFormat.Nf4];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Training_equals_training_with_the_dequantized_weights(WeightFormat format)
    {
        using var frozen = new AdapterRun();
        using var rounded = new AdapterRun();
        using GptModel packed = Models.FrozenGpt(format), plain = Models.RoundedGpt(format);
        using DisposeScope scope = torch.NewDisposeScope();

        RunSummary found = Train(frozen, packed)!, expected = Train(rounded, plain)!;

        found.Loss!.Value.Should().BeApproximately(expected.Loss!.Value, 1e-4);
        found.ValidationLoss!.Value.Should().BeApproximately(expected.ValidationLoss!.Value, 1e-4);
        IReadOnlyDictionary<string, Tensor> weights = AdapterFolder.Find(frozen.Folder.Path)!.ReadWeights();
        IReadOnlyDictionary<string, Tensor> references = AdapterFolder.Find(rounded.Folder.Path)!.ReadWeights();
        weights.Keys.Should().BeEquivalentTo(references.Keys);
        foreach ((string name, Tensor weight) in weights)
            Goldens.Difference(weight, references[name]).Should().BeLessThan(1e-3, name);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_resumed_run_equals_an_uninterrupted_one_bit_for_bit(WeightFormat format)
    {
        using var whole = new AdapterRun();
        using var parted = new AdapterRun();
        using (GptModel model = Models.FrozenGpt(format))
            Train(whole, model).Should().NotBeNull();
        using (GptModel model = Models.FrozenGpt(format))
            Train(parted, model, stopAfter: 3).Should().BeNull();
        using (GptModel model = Models.FrozenGpt(format))
            Train(parted, model).Should().NotBeNull();

        parted.Artifact().Should().Equal(whole.Artifact());
    }

    [Theory]
    [InlineData(WeightFormat.Bf16, 0.5)]
    [InlineData(WeightFormat.Int8, 0.3)]
    [InlineData(WeightFormat.Nf4, 0.3)]
    public void The_model_reports_the_bytes_of_its_weights(WeightFormat format, double most)
    {
        using GptModel packed = Models.FrozenGpt(format), plain = Models.GoldenGpt();
        ((IPacksWeights)packed).WeightBytes.Should().BeLessThan((long)(most * 1.2 * ((IPacksWeights)plain).WeightBytes));
        ((IPacksWeights)plain).WeightBytes.Should().Be(plain.parameters().Sum(parameter => parameter.numel()) * sizeof(float));
    }

    private static RunSummary? Train(AdapterRun run, GptModel model, long? stopAfter = null) =>
        run.Train(new Lora.Lora(), Options, (IModel)model, stopAfter);
}
