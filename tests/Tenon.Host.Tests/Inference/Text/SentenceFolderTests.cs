using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Inference.Text;

namespace Tenon.Host.Tests.Inference.Text;

/// <summary>The settings of sentence-transformers in a folder that is written from another one.</summary>
public sealed class SentenceFolderTests : IDisposable
{
    private const string Transformer = """{ "type": "sentence_transformers.models.Transformer", "path": "" }""";
    private const string Normalize = """{ "type": "sentence_transformers.models.Normalize", "path": "2_Normalize" }""";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-sentences-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("1_Pooling")]
    [InlineData("pooling/first")]
    public void A_written_folder_keeps_pooling_normalization_and_length(string pooling)
    {
        Write("modules.json", $"[{Transformer}, {Pooling(pooling)}, {Normalize}]");
        Write($"{pooling}/config.json", """{ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true }""");
        Write("sentence_bert_config.json", """{ "max_seq_length": 7 }""");

        SentenceFolder written = SentenceFolder.Find(Rewrite())!;

        written.Pooling.Modes.Should().Equal(PoolingMode.ClassToken, PoolingMode.Mean);
        written.Pooling.Normalize.Should().BeTrue();
        written.MaximumTokens.Should().Be(7);
    }

    [Fact]
    public void A_folder_without_modules_keeps_its_pooling()
    {
        Write("1_Pooling/config.json", """{ "pooling_mode_max_tokens": true }""");

        SentenceFolder written = SentenceFolder.Find(Rewrite())!;

        written.Pooling.Modes.Should().Equal(PoolingMode.Max);
        written.Pooling.Normalize.Should().BeFalse();
        written.MaximumTokens.Should().BeNull();
    }

    [Fact]
    public void The_first_folder_with_settings_decides()
    {
        Write("adapter/config.json", "{}");
        Write("base/1_Pooling/config.json", """{ "pooling_mode_max_tokens": true }""");
        string[] folders = [Path.Combine(_folder.FullName, "adapter"), Path.Combine(_folder.FullName, "base")];

        SentenceFolder.Find(folders)!.Files.Keys.Should().Equal(Path.Combine("1_Pooling", "config.json"));
        SentenceFolder.Find(folders[..1]).Should().BeNull();
    }

    [Fact]
    public void Refuses_to_copy_a_file_from_outside_the_folder()
    {
        Write("model/modules.json", $"[{Transformer}, {Pooling("../other")}]");
        Write("other/config.json", """{ "pooling_mode_max_tokens": true }""");
        SentenceFolder found = SentenceFolder.Find(Path.Combine(_folder.FullName, "model"))!;

        found.Invoking(f => f.Files).Should().Throw<ModelException>()
            .WithMessage("*modules.json' names the folder '../other', which is outside*");
    }

    [Theory]
    [InlineData("[{ \"type\": \"a \\ud83d\", \"path\": \"\" }]",
        "*modules.json:1: \"a \\ud83d\" is not valid text: it contains a lone surrogate*")]
    [InlineData("{}", "*modules.json' is not a JSON array.")]
    [InlineData("[1]", "*modules.json' is malformed: *It must be a list of objects with the strings 'type' and 'path'.")]
    [InlineData("[", "*modules.json' is not valid JSON: *")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "*modules.json' is a Git LFS pointer*")]
    public void Refuses_a_malformed_list_of_modules(string modules, string message)
    {
        Write("modules.json", modules);

        FluentActions.Invoking(() => SentenceFolder.Find(_folder.FullName)).Should().Throw<ModelException>().WithMessage(message);
    }

    private static string Pooling(string path) => $$"""{ "type": "sentence_transformers.models.Pooling", "path": "{{path}}" }""";

    private void Write(string file, string content)
    {
        string path = Path.Combine(_folder.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private string Rewrite()
    {
        string target = _folder.CreateSubdirectory("written").FullName;
        var layout = new ModelLayout(new ModelConfiguration(new JsonObject { ["model_type"] = "bert" }), "model.safetensors")
        {
            SentenceFiles = SentenceFolder.Find(_folder.FullName)!.Files,
        };
        ModelFolder.SaveConfiguration(target, layout, tokenizer: null);
        return target;
    }
}
