using Tenon.Gpt;
using Tenon.Host.Artifacts;
using Tenon.Layers;
using Tenon.Llama;
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
    [MemberData(nameof(Formats))]
    public void Packed_sequences_have_the_loss_and_gradients_of_separate_ones(WeightFormat format)
    {
        var context = new CollateContext(new SeededRandom(1), Training: true, new ToyTokenizer());
        PromptExample[] examples = [new("abcd", "ef"), new("ab", "cdefgh"), new("abcdefgh", "ab"), new("hgfe", "dc")];
        using GptModel gpt = Models.FrozenGpt(format);
        using LlamaModel qwen2 = Models.FrozenQwen2(format);
        foreach (CausalLanguageModel model in new CausalLanguageModel[] { gpt, qwen2 })
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch apart = model.Collate(examples, context);
            using Batch packed = model.Collate([examples[..3], examples[3..]], context);

            (float Loss, Dictionary<string, float[]> Gradients) one = LossAndGradients(model, apart);
            (float Loss, Dictionary<string, float[]> Gradients) together = LossAndGradients(model, packed);

            packed[BatchNames.InputIds].size(0).Should().Be(2);
            together.Loss.Should().BeApproximately(one.Loss, 1e-5f);
            together.Gradients.Should().HaveCountGreaterThan(4).And.HaveSameCount(one.Gradients);
            foreach ((string name, float[] gradient) in together.Gradients)
                gradient.Zip(one.Gradients[name]).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeLessThan(1e-5f, name);
        }
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

    // Of the norms and biases, which keep their parameters: they are in all blocks.
    private static (float Loss, Dictionary<string, float[]> Gradients) LossAndGradients(CausalLanguageModel model, Batch batch)
    {
        model.eval();
        model.zero_grad();
        Tensor loss = model.Loss(batch);
        loss.backward();
        return (loss.item<float>(), model.named_parameters().Where(parameter => parameter.parameter.grad is not null)
            .ToDictionary(parameter => parameter.name, parameter => Models.Values(parameter.parameter.grad!)));
    }

    private static RunSummary? Train(AdapterRun run, GptModel model, long? stopAfter = null) =>
        run.Train(new Lora.Lora(), Options, (IModel)model, stopAfter);
}
