using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.Vit.Tests;

/// <summary>Convolutions in front of the transformer.</summary>
public class HybridTests
{
    private static readonly VitArchitecture Architecture = Models.Architecture;

    // oneDNN's caches, before the first convolution.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    [Fact]
    public void Tokens_are_those_of_patches()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel hybrid = Models.Tiny(options => options with { Stem = VitStem.Convolutions });
        var inputs = new Dictionary<string, Tensor> { ["pixel_values"] = torch.randn([2, 1, 8, 12]) };

        hybrid.Outputs(inputs, new HashSet<string> { "last_hidden_state" })["last_hidden_state"].shape.Should().Equal(2, 1 + 2 * 3, 32);
        hybrid.named_parameters().Select(pair => pair.name).Should().Contain([
            "vit.embeddings.patch_embeddings.projection.0.convolution.weight",
            "vit.embeddings.patch_embeddings.projection.1.normalization.bias",
            "vit.embeddings.patch_embeddings.projection.output.weight",
        ]);
    }

    // 224 × 224 in patches of 16: convolutions with 96, 192, 384 and 768 channels on 112, 56, 28 and 14 pixels, and the map to 768.
    [Fact]
    public void The_cost_of_the_stem_is_counted()
    {
        double Flop(VitStem stem)
        {
            using VitModel model = Architecture.Build(
                Architecture.Resolve(new VitOptions { Stem = stem, Labels = ["a", "b"] }, Models.Nothing),
                new BuildContext(torch.META, new Autocast()));
            return model.Cost.ForwardFlop;
        }

        double stem = 12544.0 * 27 * 96 + 3136.0 * 9 * 96 * 192 + 784.0 * 9 * 192 * 384 + 196.0 * 9 * 384 * 768 + 196.0 * 768 * 768;
        (Flop(VitStem.Convolutions) - Flop(VitStem.Patches)).Should().BeApproximately(2 * (stem - 768.0 * 3 * 224 * 224), 1);
    }

    [Fact]
    public void The_folder_names_a_type_that_transformers_does_not_know()
    {
        VitOptions options =
            Architecture.Resolve(new VitOptions { Stem = VitStem.Convolutions, Layers = 2, HiddenSize = 64 }, Models.Facts(32, 3));

        ModelConfiguration described = Architecture.Describe(options);

        described["config.json"]["model_type"]!.GetValue<string>().Should().Be("tenon_vit_hybrid");
        described["config.json"].ContainsKey("architectures").Should().BeFalse();
        Architecture.Read(described).Should().BeEquivalentTo(options);
    }

    [Fact]
    public void A_patch_size_that_is_not_a_power_of_two_is_rejected()
    {
        Action resolve = () => Architecture.Resolve(new VitOptions { Stem = VitStem.Convolutions, PatchSize = 7 }, Models.Facts(28, 1));
        resolve.Should().Throw<ModelException>().WithMessage("'stem' is convolutions*'patchSize' is 7*power of 2*");
    }

    [Fact]
    public void Gradients_reach_every_parameter()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel hybrid = Models.Tiny(options => options with { Stem = VitStem.Convolutions });
        using Batch batch = hybrid.Collate([Models.Image(1, 0), Models.Image(2, 1)], Models.Context());

        hybrid.Loss(batch).backward();

        hybrid.named_parameters().Where(pair => pair.parameter.grad is null).Should().BeEmpty();
    }
}
