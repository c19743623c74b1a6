using System.Text.Json.Nodes;
using Tenon.Gpt;
using Tenon.Layers;

namespace Tenon.Adapters.Tests;

/// <summary>Settings of PEFT's <c>adapter_config.json</c> that change what an adapter computes.</summary>
public class SavedLoraTests
{
    private const string Map = "transformer.h.0.attn.c_attn";
    private const double Tolerance = 1e-4;

    private static readonly HashSet<string> Logits = ["logits"];

    [Theory]
    [InlineData("\"gaussian\"")]
    [InlineData("\"eva\"")]
    [InlineData("\"orthogonal\"")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("null")]
    public void Initializations_that_keep_the_base_weights_load_unchanged(string initialization)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor plain = Outputs(Golden(), Weights());

        Tensor found = Outputs(Golden(("init_lora_weights", initialization)), Weights());

        Goldens.Difference(found, plain).Should().Be(0);
    }

    [Theory]
    [InlineData("corda")]
    [InlineData("loftq")]
    [InlineData("pissa_niter_16")]
    [InlineData("another")]
    public void Initializations_that_cannot_be_repeated_are_rejected_by_name(string initialization)
    {
        using GptModel model = Models.GoldenGpt();

        Action open = () => SavedLora.Open(Golden(("init_lora_weights", $"\"{initialization}\"")), Weights(), model);

        open.Should().Throw<ModelException>().WithMessage($"adapter_config.json: 'init_lora_weights' is \"{initialization}\"; " +
            "supported: *\"pissa\"*path_initial_model_for_weight_conversion*");
    }

    [Theory]
    [InlineData("pissa", false)]
    [InlineData("pissa", true)]
    [InlineData("olora", false)]
    public void An_initial_update_is_taken_out_of_the_base_weights(string initialization, bool rankStabilized)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        Tensor before = model.Outputs(inputs, Logits)["logits"];
        JsonObject configuration =
            Golden(("init_lora_weights", $"\"{initialization}\""), ("use_rslora", rankStabilized ? "true" : "false"), ("r", "2"));
        Parameter weight = Weight(model);
        double scaling = (double)configuration["lora_alpha"]! / (rankStabilized ? Math.Sqrt(2) : 2);
        (Tensor a, Tensor b) = Initial(initialization, weight, scaling);
        Dictionary<string, Tensor> weights =
            new() { [$"base_model.model.{Map}.lora_A.weight"] = a, [$"base_model.model.{Map}.lora_B.weight"] = b };
        Tensor original = weight.detach().clone();

        // An adapter that has not been trained changes nothing; one that has been moves the weight by what it learned.
        using (LoraAdapter untrained = SavedLora.Open(configuration, weights, model))
            Goldens.Difference(model.Outputs(inputs, Logits)["logits"], before).Should().BeLessThan(Tolerance);
        weights[$"base_model.model.{Map}.lora_A.weight"] = a + 0.25;
        using LoraAdapter adapter = SavedLora.Open(configuration, weights, model);
        adapter.Merge();
        Goldens.Difference(weight, original + (scaling * b.matmul(torch.full_like(a, 0.25))).t()).Should().BeLessThan(Tolerance);
        adapter.Unmerge();

        Goldens.Difference(weight, original).Should().Be(0);
        using LoraAdapter again = SavedLora.Open(adapter.Configuration, adapter.Weights, model);
        adapter.Configuration["init_lora_weights"]!.GetValue<bool>().Should().BeTrue("PEFT would change the base weights once more");
        adapter.Configuration["r"]!.GetValue<int>().Should().Be(4);
        adapter.Factor = 0;
        again.Merge();
        Goldens.Difference(weight, original + (scaling * b.matmul(torch.full_like(a, 0.25))).t()).Should().BeLessThan(Tolerance);
    }

    [Theory]
    [InlineData("""{"h.0.attn.c_attn": 2}""", """{}""", 2, 8)]
    [InlineData("""{"c_attn": 3, "h.0.attn.c_attn": 2}""", """{"h\\.[01].*c_attn": 5}""", 3, 5)]
    [InlineData("""{"^h.0.attn.c_attn": 2}""", """{"c_attn_2": 5}""", 4, 8)]
    [InlineData("""{"^transformer.h.0.attn.c_attn": 2}""", """{"attn": 5}""", 2, 8)]
    public void Patterns_set_rank_and_alpha_of_a_map(string ranks, string alphas, int rank, double alpha)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Parameter weight = Weight(model);
        Tensor original = weight.detach().clone();
        torch.manual_seed(1);
        Tensor a = torch.randn(rank, 64), b = torch.randn(192, rank);
        Dictionary<string, Tensor> weights =
            new() { [$"base_model.model.{Map}.lora_A.weight"] = a, [$"base_model.model.{Map}.lora_B.weight"] = b };

        using LoraAdapter adapter = SavedLora.Open(
            Golden(("r", "4"), ("lora_alpha", "8"), ("use_rslora", "true"), ("rank_pattern", ranks), ("alpha_pattern", alphas)), weights,
            model);
        adapter.Merge();

        Goldens.Difference(weight, original + (alpha / Math.Sqrt(rank) * b.matmul(a)).t()).Should().BeLessThan(Tolerance);
    }

    [Theory]
    [InlineData("rank_pattern", """{"c_attn": 2.5}""", "*'rank_pattern:c_attn' is 2.5, but must be a whole number of 1 or more.")]
    [InlineData("rank_pattern", """{"c_attn(": 2}""", "*'rank_pattern' has the pattern 'c_attn(', which is not a regular expression*")]
    [InlineData("alpha_pattern", """["c_attn"]""", "*'alpha_pattern' is [\"c_attn\"], but must be an object*")]
    [InlineData("use_dora", "1", "*'use_dora' is 1, but must be true or false.")]
    [InlineData("r", "null", "*'r' is missing, but must be a number.")]
    [InlineData("r", "47483647", "*the rank of '*' is 47483647 *, but its 'lora_A.weight' is ?4, 64?.*")]
    [InlineData("rank_pattern", """{"c_attn": 2000000000}""", "*the rank of '*c_attn' is 2000000000 *")]
    [InlineData("arrow_config", """{"top_k": 3}""", "*'arrow_config' is *supports only null*")]
    public void Settings_of_the_wrong_type_are_rejected(string key, string value, string message)
    {
        using GptModel model = Models.GoldenGpt();

        Action open = () => SavedLora.Open(Golden((key, value)), Weights(), model);

        open.Should().Throw<ModelException>().WithMessage(message);
    }

    [Theory]
    [InlineData("lora_magnitude_vector")]
    [InlineData("lora_magnitude_vector.weight")]
    public void Decomposed_weights_have_rows_of_the_trained_length(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> inputs = Goldens.Read("lora-gpt2", "inputs.safetensors");
        Parameter weight = Weight(model);
        Tensor original = weight.detach().clone();
        torch.manual_seed(1);
        Tensor a = torch.randn(4, 64), b = torch.randn(192, 4), m = torch.rand(192) + 0.5;
        Dictionary<string, Tensor> weights = new()
        {
            [$"base_model.model.{Map}.lora_A.weight"] = a,
            [$"base_model.model.{Map}.lora_B.weight"] = b,
            [$"base_model.model.{Map}.{name}"] = m,
        };
        Tensor updated = original.t() + 2 * b.matmul(a); // alpha 8 over rank 4
        Tensor expected = (m.unsqueeze(1) * updated / updated.norm(1, keepdim: true)).t();

        using LoraAdapter adapter = SavedLora.Open(Golden(("use_dora", "true"), ("r", "4"), ("lora_alpha", "8")), weights, model);
        Tensor apart = model.Outputs(inputs, Logits)["logits"];
        adapter.Merge();
        Goldens.Difference(weight, expected).Should().BeLessThan(Tolerance);
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().BeLessThan(1e-3);
        adapter.Unmerge();

        adapter.Factor = 0.5;
        apart = model.Outputs(inputs, Logits)["logits"];
        adapter.Merge();
        Goldens.Difference(weight, 0.5 * (original + expected)).Should().BeLessThan(Tolerance);
        Goldens.Difference(model.Outputs(inputs, Logits)["logits"], apart).Should().BeLessThan(1e-3);
        adapter.Unmerge();
        Goldens.Difference(weight, original).Should().Be(0);
        adapter.Weights.Keys.Should().Contain($"base_model.model.{Map}.lora_magnitude_vector");
    }

    [Fact]
    public void Gradients_of_decomposed_weights_treat_the_length_as_a_constant()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var context = new BuildContext(torch.CPU, new Autocast());
        torch.manual_seed(1);
        using var map = new Linear(3, 2, context, bias: false);
        using var layer = new DoraLayer(map, rank: 1, scaling: 2, dropout: 0, context);
        using (torch.no_grad())
        {
            map.Weight.normal_();
            layer.B.normal_();
            layer.Magnitude.uniform_(0.5, 2);
        }

        layer.Attach();
        Tensor x = torch.randn(4, 3);
        map.call(x).sum().backward();

        Tensor updated = (map.Weight + 2 * torch.mm(layer.B, layer.A)).detach(), length = updated.norm(1);
        Tensor expected = (layer.Magnitude / length * 2).detach().unsqueeze(1) * torch.ones(2, 4).matmul(x.matmul(layer.A.t())).detach();
        Goldens.Difference(layer.B.grad!, expected).Should().BeLessThan(1e-5);
        Goldens.Difference(layer.Magnitude.grad!, (x.matmul(updated.t()) / length).sum([0L])).Should().BeLessThan(1e-5);
    }

    private static JsonObject Golden(params (string Key, string Value)[] changes)
    {
        JsonObject configuration = Goldens.Config("lora-gpt2", "adapter_config.json");
        foreach ((string key, string value) in changes)
            configuration[key] = JsonNode.Parse(value);
        return configuration;
    }

    private static Dictionary<string, Tensor> Weights() => Goldens.Read("lora-gpt2", "adapter_model.safetensors");

    private static Parameter Weight(GptModel model) => model.named_parameters().Single(p => p.name == $"{Map}.weight").parameter;

    private static Tensor Outputs(JsonObject configuration, Dictionary<string, Tensor> weights)
    {
        using GptModel model = Models.GoldenGpt();
        using LoraAdapter adapter = SavedLora.Open(configuration, weights, model);
        return model.Outputs(Goldens.Read("lora-gpt2", "inputs.safetensors"), Logits)["logits"];
    }

    // What PEFT initializes A and B to, for rank 2 and a weight stored [in, out].
    private static (Tensor A, Tensor B) Initial(string initialization, Tensor weight, double scaling)
    {
        if (initialization == "olora")
        {
            (Tensor q, Tensor r) = torch.linalg.qr(weight.detach());
            return (q.narrow(1, 0, 2).t(), r.narrow(0, 0, 2).t());
        }

        (Tensor u, Tensor s, Tensor v) = torch.linalg.svd(weight.detach().t(), fullMatrices: false);
        Tensor root = (s.narrow(0, 0, 2) / scaling).sqrt();
        return (torch.diag(root).matmul(v.narrow(0, 0, 2)), u.narrow(1, 0, 2).matmul(torch.diag(root)));
    }
}
