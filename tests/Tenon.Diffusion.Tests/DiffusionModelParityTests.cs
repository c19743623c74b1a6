using Xunit.Abstractions;

namespace Tenon.Diffusion.Tests;

/// <summary>Against diffusers' UNet2DModel with random weights (tests/data/goldens/ddpm-tiny).</summary>
public sealed class DiffusionModelParityTests(ITestOutputHelper output) : IDisposable
{
    private static readonly double Tolerance = 10 * Goldens.Noise("ddpm-tiny", "noise_pred");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Outputs_and_loss_equal_the_reference()
    {
        using DiffusionModel model = Models.TinyModel();
        Dictionary<string, Tensor> expected = Goldens.Read("ddpm-tiny", "outputs.safetensors");

        IReadOnlyDictionary<string, Tensor> found =
            model.Outputs(Goldens.Read("ddpm-tiny", "inputs.safetensors"), expected.Keys.ToHashSet());

        found.Keys.Should().BeEquivalentTo(expected.Keys);
        foreach ((string name, Tensor tensor) in expected)
        {
            double difference = Goldens.Difference(found[name], tensor);
            output.WriteLine($"{name}: {difference:E2}");
            difference.Should().BeLessThan(Tolerance, name);
        }
    }

    [Fact]
    public void Gradients_equal_the_reference()
    {
        using DiffusionModel model = Models.TinyModel();
        Dictionary<string, Tensor> expected = Goldens.Read("ddpm-tiny", "grads_summary.safetensors");

        model.Outputs(Goldens.Read("ddpm-tiny", "inputs.safetensors"), new HashSet<string> { "loss" })["loss"].backward();

        model.Module.named_parameters().Select(p => p.name).Should().BeEquivalentTo(expected.Keys);
        double worst = 0;
        foreach ((string name, Parameter parameter) in model.Module.named_parameters())
        {
            Tensor gradient = parameter.grad!.flatten();
            Tensor summary = torch.stack([gradient.norm(), gradient.sum(), gradient.abs().sum(), gradient[0], gradient[-1]]);
            // A sum over thousands of elements carries the rounding of each.
            double scale = Math.Max(expected[name][2].item<float>(), 1e-3);
            worst = Math.Max(worst, Goldens.Difference(summary, expected[name]) / scale);
        }

        output.WriteLine($"largest difference as a share of the gradient's absolute sum: {worst:E2}");
        worst.Should().BeLessThan(2e-5);
    }

    [Fact]
    public void Predict_equals_the_reference()
    {
        using DiffusionModel model = Models.TinyModel();
        Dictionary<string, Tensor> inputs = Goldens.Read("ddpm-tiny", "inputs.safetensors");
        using IDisposable noGrad = torch.no_grad();

        Conditioning? conditioning = inputs.TryGetValue("class_labels", out Tensor? classes) ? new() { ClassLabels = classes } : null;

        Tensor found = model.Predict(inputs["sample"], inputs["timestep"], conditioning);

        Goldens.Difference(found, Goldens.Read("ddpm-tiny", "outputs.safetensors")["noise_pred"]).Should().BeLessThan(Tolerance);
    }

    [Fact]
    public void Old_names_of_the_attention_maps_load()
    {
        using DiffusionModel model = Models.TinyModel();
        Dictionary<string, Tensor> state = model.Module.state_dict();
        Dictionary<string, Tensor> before = state.Where(pair => pair.Key.StartsWith("mid_block.attentions", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        using (torch.no_grad())
        {
            foreach (string name in before.Keys)
                state[name].zero_();
        }

        IReadOnlyList<string> loaded = Models.Load(model, Goldens.File("ddpm-tiny", "attn_hubstyle.safetensors"));

        loaded.Should().BeEquivalentTo(before.Keys);
        foreach ((string name, Tensor tensor) in before)
            state[name].Equals(tensor).Should().BeTrue(name);
    }

    [Theory]
    [InlineData("mid_block.attentions.0.proj_attn.bias", "mid_block.attentions.0.to_out.0.bias")]
    [InlineData("up_blocks.1.attentions.2.query.weight", "up_blocks.1.attentions.2.to_q.weight")]
    [InlineData("up_blocks.1.attentions.2.to_q.weight", "up_blocks.1.attentions.2.to_q.weight")]
    [InlineData("conv_in.weight", "conv_in.weight")]
    public void Names_in_files(string inFile, string inState) => Models.Architecture.WeightName(inFile).Should().Be(inState);

    [Fact]
    public void Bfloat16_products_stay_close()
    {
        using DiffusionModel model =
            Models.Architecture.Build(Models.TinyOptions(), new BuildContext(torch.CPU, new Autocast { Type = torch.ScalarType.BFloat16 }));
        Models.Load(model, Goldens.File("ddpm-tiny", "model.safetensors"));
        Dictionary<string, Tensor> expected = Goldens.Read("ddpm-tiny", "outputs.safetensors");

        Tensor found = model.Outputs(Goldens.Read("ddpm-tiny", "inputs.safetensors"), new HashSet<string> { "noise_pred" })["noise_pred"];

        double difference = Goldens.Difference(found, expected["noise_pred"]) / expected["noise_pred"].abs().max().item<float>();
        output.WriteLine($"{difference:E2} of the largest value");
        found.dtype.Should().Be(torch.ScalarType.Float32);
        difference.Should().BeInRange(5e-5, 0.09);
    }
}
