using Tenon.Conformance.Parity;
using Tenon.Safetensors;

namespace Tenon.Llama.Tests;

/// <summary>
/// Compares outputs and gradients with transformers' classes. The README of each folder in tests/data/goldens describes how the data
/// was made.
/// </summary>
public class LlamaParityTests
{
    public static TheoryData<string> Folders => [.. Models.Folders];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Outputs_gradients_and_generation_equal_the_reference(string folder)
    {
        using LlamaModel model = Models.Golden(folder);

        // Ten times the reference's own noise between float32 and float64.
        ParityReport report = ParityCheck.Run(model, Goldens.Folder(folder), 10 * Goldens.Noise(folder));

        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().Equal("generated_margin");
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name)
            .Should().BeEquivalentTo(Goldens.Names(folder, "outputs.safetensors").Except(["generated_margin"]))
            .And.Contain(["logits", "logits_masked", "logits_left", "loss", "last_hidden_state", "hidden_states.0", "generated"]);
        report.Rows.Where(row => row.Kind == ParityKind.Gradient).Should().HaveSameCount(model.parameters());
        Console.WriteLine($"{folder}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, " +
            $"gradients {Goldens.Worst(report, ParityKind.Gradient):g3}, noise {Goldens.Noise(folder):g3}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void State_names_are_those_of_the_reference(string folder)
    {
        using LlamaModel model = Models.Golden(folder);
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.File(folder, "model.safetensors"));

        model.state_dict().Keys.Should().BeEquivalentTo(file.Tensors.Keys);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Tokens_from_the_cache_have_the_logits_of_the_whole_text(string folder)
    {
        if (folder == "llama-rope-dynamic")
            return; // cached keys keep their old rotation, which 'generated' compares
        using DisposeScope scope = torch.NewDisposeScope();
        using LlamaModel model = Models.Golden(folder);
        using var noGrad = torch.no_grad();
        Tensor ids = Goldens.Read(folder, "inputs.safetensors")["input_ids"];
        Tensor whole = model.Logits(ids);

        using IKeyValueCache cache = model.NewCache((int)ids.size(0), (int)ids.size(1));
        int at = 0;
        foreach (int count in new[] { 9, 1, 4, 1, 1 })
        {
            Goldens.Difference(model.Logits(ids.narrow(1, at, count), cache: cache), whole.narrow(1, at, count)).Should().BeLessThan(1e-4);
            at += count;
        }
    }

    [Fact]
    public void Bfloat16_is_close_to_float32()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var autocast = new Autocast();
        using LlamaModel model = Models.Golden("qwen3-tiny", autocast);
        Tensor ids = Goldens.Read("qwen3-tiny", "inputs.safetensors")["input_ids"];
        Tensor full = model.Logits(ids);
        autocast.Type = torch.ScalarType.BFloat16;

        Tensor half = model.Logits(ids);

        half.dtype.Should().Be(torch.ScalarType.Float32);
        (Goldens.Difference(half, full) / full.abs().max().item<float>()).Should().BeInRange(1e-5, 0.03);
    }
}
