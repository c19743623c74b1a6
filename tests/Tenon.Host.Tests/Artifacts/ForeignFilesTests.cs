using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Tests.Artifacts;

/// <summary>Files that are not what their names say.</summary>
public sealed class ForeignFilesTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267967963\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-foreign-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("pytorch_model.bin", "* It contains pytorch_model.bin: pickled PyTorch weights, which can run any code *save_pretrained*")]
    [InlineData("tf_model.h5", "*tf_model.h5: TensorFlow weights*")]
    [InlineData("flax_model.msgpack", "*Flax weights*")]
    [InlineData("model-q4.gguf", "*llama.cpp weights*")]
    [InlineData("model.onnx", "*an ONNX graph*")]
    public void Weights_of_other_formats_are_named(string file, string advice)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, file), "");
        File.WriteAllText(Path.Combine(_folder.FullName, "training_args.bin"), "");

        ForeignWeights.Advice(_folder.FullName).Should().Match(advice);
    }

    [Fact]
    public void A_folder_without_weights_has_no_advice()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "training_args.bin"), "");

        ForeignWeights.Advice(_folder.FullName).Should().BeEmpty();
        ForeignWeights.Advice(Path.Combine(_folder.FullName, "nowhere")).Should().BeEmpty();
    }

    [Theory]
    [InlineData(Pointer, "*is a Git LFS pointer*")]
    [InlineData("{\n \"model_type\": \"gpt\\ud83d2\"\n}",
        "*config.json:2: \"gpt\\ud83d2\" is not valid text: it contains a lone surrogate*")]
    [InlineData("{ \"a\": ", "*is not valid JSON*")]
    [InlineData("[]", "*is not a JSON object.")]
    public void A_configuration_that_cannot_be_read_is_named(string content, string message)
    {
        string file = Path.Combine(_folder.FullName, "config.json");
        File.WriteAllText(file, content);

        file.Invoking(JsonFile.ReadObject).Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void A_byte_order_mark_is_not_part_of_the_json()
    {
        string file = Path.Combine(_folder.FullName, "config.json");
        File.WriteAllText(file, "{ \"a\": 1 }", System.Text.Encoding.UTF8);

        JsonFile.ReadObject(file).Should().ContainKey("a");
    }

    [Fact]
    public void An_image_that_is_a_pointer_is_called_one()
    {
        string file = Path.Combine(_folder.FullName, "cat.png");
        File.WriteAllText(file, Pointer);

        file.Invoking(path => ImageFile.Read(path)).Should().Throw<DataException>().WithMessage($"'{file}' is a Git LFS pointer*");
    }

    [Fact]
    public void Half_a_character_in_plugins_json_is_named_with_its_line()
    {
        string file = Path.Combine(_folder.FullName, "plugins.json");
        File.WriteAllText(file, "{\n \"folders\": [\"a\\ud83d\"]\n}");

        file.Invoking(PluginsFile.Read).Should().Throw<PluginsFileException>().WithMessage($"{file}:2: *lone surrogate*");
    }

    // The reader of whole objects reports such a text as invalid JSON, which is what the files of a run rely on.
    [Fact]
    public void Half_a_character_in_a_file_of_a_run_is_invalid_json()
    {
        FluentActions.Invoking(() => System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>("{\"a\": \"\\ud83d\"}"))
            .Should().Throw<System.Text.Json.JsonException>();
        FluentActions.Invoking(() => System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, int>>("{\"\\ud83d\": 1}")).Should()
            .Throw<System.Text.Json.JsonException>();
    }
}
