using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;

namespace Tenon.Integration.Tests;

/// <summary>Folders of Llama models as they are on the hub: several files of weights, a copy of the tied head, a value head.</summary>
[Collection(InOneProcess.Name)]
public sealed class LlamaFolderTests : IDisposable
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "data", "goldens");

    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-llama-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mistral-tiny", "4.2e-5")]
    [InlineData("qwen3-tiny", "3.8e-5")]
    public void Agree_with_the_reference(string golden, string tolerance)
    {
        ProgramResult parity = InProcess.Run(_folder, "parity", Path.Combine(Goldens, golden), "--tolerance", tolerance);

        parity.ExitCode.Should().Be(0, parity.All);
    }

    [Fact]
    public void Several_files_with_a_copy_of_the_tied_head_and_a_value_head_are_one_model()
    {
        Split("llama-tiny-tied", ("lm_head.weight", "model.embed_tokens.weight"), ("v_head.summary.weight", "model.norm.weight"));

        ProgramResult parity = InProcess.Run(_folder, "parity", _folder, "--tolerance", "1.4e-4");

        parity.ExitCode.Should().Be(0, parity.All);
    }

    [Fact]
    public void A_missing_file_of_several_is_named_in_one_line()
    {
        Split("llama-tiny-tied");
        File.Delete(Path.Combine(_folder, "model-00002-of-00002.safetensors"));

        ProgramResult parity = InProcess.Run(_folder, "parity", _folder);

        parity.ExitCode.Should().Be(4, parity.All);
        parity.Errors.Trim().Should().Contain("model-00002-of-00002.safetensors").And.NotContain("\n");
    }

    [Theory]
    [InlineData("mixtral", "'mixtral'")]
    [InlineData("deepseek_v3", "'deepseek_v3'")]
    public void Models_of_other_types_are_refused_by_name(string type, string named)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), new JsonObject { ["model_type"] = type }.ToJsonString());

        ProgramResult generate = InProcess.Run(_folder, "generate", _folder, "--prompt", "a");

        generate.ExitCode.Should().Be(2, generate.All);
        generate.Errors.Should().Contain(named).And.Contain("llama");
    }

    // Two files with an index; further tensors are copies of others.
    private void Split(string golden, params (string Name, string Of)[] copies)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        string source = Path.Combine(Goldens, golden);
        foreach (string file in Directory.GetFiles(source).Where(file => Path.GetFileName(file) != "model.safetensors"))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(source, "model.safetensors"));
        (string Name, torch.Tensor Tensor)[] tensors =
            [.. weights.Tensors.Keys.Select(name => (name, weights.Read(name))),
                .. copies.Select(copy => (copy.Name, weights.Read(copy.Of)))];
        var map = new JsonObject();
        foreach ((int index, (string Name, torch.Tensor Tensor)[] part) in tensors.Chunk(tensors.Length / 2 + 1).Index())
        {
            string file = $"model-{index + 1:D5}-of-00002.safetensors";
            SafetensorsFile.Write(Path.Combine(_folder, file), part);
            foreach ((string name, _) in part)
                map[name] = file;
        }

        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }
}
