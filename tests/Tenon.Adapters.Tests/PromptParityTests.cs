using System.Text.Json.Nodes;
using Tenon.PTuning;

namespace Tenon.Adapters.Tests;

/// <summary>Against PEFT's encoders; the READMEs of the folders say how the data was made.</summary>
public class PromptParityTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("ptuning-mlp")]
    [InlineData("ptuning-lstm")]
    public void Prompt_encoders_equal_the_reference(string golden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VirtualTokenEncoder encoder = PromptEncoder(golden);
        Dictionary<string, Tensor> inputs = Goldens.Read(golden, "inputs.safetensors");
        Dictionary<string, Tensor> expected = Goldens.Read(golden, "outputs.safetensors");
        Dictionary<string, Tensor> gradients = Goldens.Read(golden, "grads.safetensors");

        Tensor tokens = encoder.Forward();
        (tokens.unsqueeze(0) * inputs["cotangent"]).sum().backward(); // [1, V, E] x [rows, V, E]: all rows are the same tokens

        double output = Goldens.Difference(tokens.unsqueeze(0).expand_as(expected["prompt_embeds"]), expected["prompt_embeds"]);
        double gradient = encoder.named_parameters().Max(p => Goldens.Difference(p.parameter.grad!, gradients[p.name]));
        Console.WriteLine($"{golden}: tokens {output:g3}, gradients {gradient:g3}");
        output.Should().BeLessThan(Tolerance);
        gradient.Should().BeLessThan(Tolerance);
    }

    [Theory]
    [InlineData("ptuning-mlp")]
    [InlineData("ptuning-lstm")]
    public void Models_with_prompt_encoders_equal_the_reference(string golden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var model = Models.GoldenGpt();
        using VirtualTokenEncoder encoder = PromptEncoder(golden);
        Compare(golden, model, encoder, "model_loss.", Tolerance);
    }

    [Theory]
    [InlineData("prefix-tuning")]
    [InlineData("prefix-tuning-proj")]
    [InlineData("prefix-tuning-bert")]
    public void Models_with_prefix_encoders_equal_the_reference(string golden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        JsonObject config = Goldens.Config(golden);
        bool isClassifier = (string?)config["task_type"] == "SEQ_CLS";
        double tolerance = isClassifier ? 10 * Goldens.Noise("bert-tiny-seqcls") : Tolerance;
        int? hiddenSize = (bool)config["prefix_projection"]! ? (int)config["encoder_hidden_size"]! : null;
        using IModel model = isClassifier ? Models.GoldenBert() : Models.GoldenGpt();
        var tunable = (IPromptTunable)model;
        using VirtualTokenEncoder encoder =
            Filled(new PrefixEncoder((int)config["num_virtual_tokens"]!, tunable.PromptShape, hiddenSize), golden);
        if (Goldens.Read(golden, "outputs.safetensors").GetValueOrDefault("past_key_values") is { } expected)
            Goldens.Difference(encoder.Forward().unsqueeze(0), expected).Should().BeLessThan(Tolerance);
        Compare(golden, tunable, encoder, "", tolerance);
    }

    [Theory]
    [InlineData("peft-ptuning-seqcls")]
    [InlineData("peft-prefix-seqcls")]
    [InlineData("peft-prompt-seqcls")]
    public void Prompts_on_classifiers_have_the_same_names_in_both_directions(string golden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IModel model = Models.GoldenBert();
        Dictionary<string, Tensor> weights = Goldens.Read(golden, "adapter_model.safetensors");

        using IAdapter adapter = new PTuning.PTuning().Open(Goldens.Config(golden, "adapter_config.json"), weights, model);

        Tensor logits = adapter.Outputs(model, Goldens.Read(golden, "inputs.safetensors"), new HashSet<string> { "logits" })["logits"];
        Goldens.Difference(logits, Goldens.Read(golden, "outputs.safetensors")["logits"]).Should().BeLessThan(Tolerance);
        adapter.Weights.Keys.Should().BeEquivalentTo(weights.Keys);
        foreach ((string name, Tensor written) in adapter.Weights)
            Goldens.Difference(written, weights[name]).Should().Be(0, name);
    }

    private static void Compare(string golden, IPromptTunable model, VirtualTokenEncoder encoder, string prefix, double tolerance)
    {
        Dictionary<string, Tensor> expected = Goldens.Read(golden, "outputs.safetensors");
        Dictionary<string, Tensor> gradients = Goldens.Read(golden, "grads.safetensors");
        model.Prompt = encoder.Prompt(encoder.Forward(), model.PromptShape);

        IReadOnlyDictionary<string, Tensor> outputs =
            model.Outputs(Goldens.Read(golden, "inputs.safetensors"), new HashSet<string> { "logits", "loss" });
        outputs["loss"].backward();

        double logits = Goldens.Difference(outputs["logits"], expected["logits"]);
        double loss = Goldens.Difference(outputs["loss"], expected["loss"]);
        double gradient = encoder.named_parameters().Max(p => Goldens.Difference(p.parameter.grad!, gradients[prefix + p.name]));
        Console.WriteLine($"{golden} in the model: logits {logits:g3}, loss {loss:g3}, gradients {gradient:g3}");
        logits.Should().BeLessThan(tolerance);
        loss.Should().BeLessThan(tolerance);
        gradient.Should().BeLessThan(tolerance);
    }

    private static VirtualTokenEncoder PromptEncoder(string golden)
    {
        JsonObject config = Goldens.Config(golden);
        var options = new PTuningOptions
        {
            VirtualTokens = (int)config["num_virtual_tokens"]!,
            Encoder = ((string)config["encoder_reparameterization_type"]!).ToLowerInvariant(),
            EncoderHiddenSize = (int)config["encoder_hidden_size"]!,
            EncoderLayers = (int)config["encoder_num_layers"]!,
        };
        return Filled(new PromptEncoder(options, (int)config["token_dim"]!), golden);
    }

    private static VirtualTokenEncoder Filled(VirtualTokenEncoder encoder, string golden)
    {
        Goldens.Fill(encoder, name => name, Goldens.File(golden, "model.safetensors")).Should().BeEmpty();
        Goldens.Shapes(encoder).Should().BeEquivalentTo(Goldens.Shapes(golden, "model.safetensors"));
        return encoder;
    }
}
