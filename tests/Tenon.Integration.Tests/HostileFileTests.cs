using System.Text;

namespace Tenon.Integration.Tests;

/// <summary>
/// Files that once ended commands in unexpected ways are refused with a sentence and the documented exit code: nothing else is blamed,
/// and there is no stack trace.
/// </summary>
[Collection(InOneProcess.Name)]
public sealed class HostileFileTests : HubFolderTest
{
    private static readonly string _hostile = Path.Combine(AppContext.BaseDirectory, "data", "hostile");

    [Theory]
    [InlineData("recipe")]
    [InlineData("pipeline")]
    public void Recipes(string kind)
    {
        foreach (string file in Files(kind))
            Refused(file, 2, At("recipe.json"), "validate", At("recipe.json"));
    }

    [Fact]
    public void Folders_of_pipelines()
    {
        Directory.CreateDirectory(At("pipeline"));
        foreach (string file in Files("pipeline-json"))
            Refused(file, 4, At("pipeline", "pipeline.json"), "resume", At("pipeline"));
    }

    [Fact]
    public void Lists_of_plugins()
    {
        foreach (string file in Files("plugins-file"))
            Refused(file, 3, At("plugins.json"), "list", "--plugins", At("plugins.json"));
    }

    [Fact]
    public void Locks_of_plugins()
    {
        foreach (string file in Files("plugins-lock"))
            Refused(file, 3, At("lock.json"), "plugins", "verify", "--lock-file", At("lock.json"));
    }

    [Theory]
    [InlineData("config-bert", "bert-two-heads", "config.json", "embed", "the cat")]
    [InlineData("config-gpt2", "gpt2-value-head", "config.json", "generate", "--prompt", "the")]
    [InlineData("tokenizer-bpe", "gpt2-value-head", "tokenizer.json", "generate", "--prompt", "the")]
    [InlineData("sharded", "gpt2-value-head", "model.safetensors.index.json", "generate", "--prompt", "the")]
    public void Files_of_model_folders(string kind, string model, string name, string verb, params string[] arguments)
    {
        string folder = Copy(model);
        if (kind == "sharded")
            File.Delete(Path.Combine(folder, "model.safetensors"));
        foreach (string file in Files(kind))
            Refused(file, 4, Path.Combine(folder, name), [verb, folder, .. arguments]);
    }

    [Fact]
    public void Configurations_of_adapters()
    {
        string model = Copy("gpt2-value-head");
        CopyFiles(Path.Combine(Hub, "..", "goldens", "lora-gpt2"), At("adapter"));
        foreach (string file in Files("adapter-config"))
            Refused(file, 4, At("adapter", "adapter_config.json"), "generate", model, "--adapter", At("adapter"), "--prompt", "the");
    }

    [Fact]
    public void Compressed_texts()
    {
        File.WriteAllText(At("recipe.json"), """
            {
              "device": { "use": "cpu" }, "data": { "use": "text-files", "files": ["text.txt.gz"] }, "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": 1, "hiddenSize": 8, "heads": 1, "contextLength": 8 },
              "strategy": { "use": "pretrain" }, "training": { "steps": 1 }
            }
            """);
        foreach (string file in Files("gz"))
            Refused(file, 4, At("text.txt.gz"), "run", At("recipe.json"));
    }

    [Fact]
    public void A_recipe_in_another_encoding()
    {
        File.WriteAllBytes(At("recipe.json"), Encoding.Latin1.GetBytes("{ \"name\": \"café\" }"));

        ProgramResult result = Tenon("validate", At("recipe.json"));

        result.ExitCode.Should().Be(2);
        result.All.Should().Contain("recipe.json:1: name: \"caf\uFFFD\" is not valid text: it is not UTF-8. Save the file as UTF-8.");
    }

    private static string[] Files(string kind) => [.. Directory.GetFiles(Path.Combine(_hostile, kind))
        .Where(file => Path.GetFileName(file) != "README.md").Order(StringComparer.Ordinal)];

    private void Refused(string file, int code, string to, params string[] arguments)
    {
        File.Copy(file, to, overwrite: true);

        ProgramResult result = Tenon(arguments);

        result.ExitCode.Should().Be(code, $"{file}: {result.All}");
        result.All.Should().NotContain("Unexpected failure").And.NotContain("   at ").And.NotContain("failed in");
        result.All.Should().Contain(Path.GetFileName(to), file);
    }
}
