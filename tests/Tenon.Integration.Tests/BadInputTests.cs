using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>What is wrong with texts, data and model folders is said in a sentence, with the documented exit code.</summary>
[Collection(InOneProcess.Name)]
public sealed class BadInputTests(BertRuns runs)
{
    [Fact]
    public void A_text_without_a_mask() =>
        Refused(2, runs.Tenon("fill", "runs/masked", "the cat sees"), "There is nothing to fill in: 'the cat sees' has no [MASK].");

    [Fact]
    public void A_model_that_fills_nothing_in() =>
        Refused(4, runs.Tenon("fill", "runs/labelled", "the [MASK]"),
            "has the head 'sequence-classification', which does not predict masked tokens");

    [Fact]
    public void A_text_without_a_word() => Refused(4, runs.Tenon("classify", "runs/tagged", " "), "A text is empty.");

    [Fact]
    public void A_missing_tensor()
    {
        string folder = runs.Copy("masked", "missing");
        string file = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        int name = bytes.AsSpan().IndexOf("embeddings.LayerNorm.weight"u8);
        bytes[name + "embeddings.LayerNorm.w".Length] = (byte)'a';
        File.WriteAllBytes(file, bytes);

        Refused(4, runs.Tenon("fill", folder, "[MASK]"),
            "Missing: bert.embeddings.LayerNorm.weight. Unknown to the model: bert.embeddings.LayerNorm.waight.");
    }

    [Fact]
    public void A_tensor_of_another_shape()
    {
        string folder = runs.Copy("masked", "shape");
        Configure(folder, "intermediate_size", 100);

        Refused(4, runs.Tenon("fill", folder, "[MASK]"),
            "bert.encoder.layer.0.intermediate.dense.weight ([128, 32] in the file, [100, 32] in the model)");
    }

    [Fact]
    public void A_folder_without_its_configuration()
    {
        string folder = runs.Copy("masked", "unconfigured");
        File.Delete(Path.Combine(folder, "config.json"));

        Refused(4, runs.Tenon("fill", folder, "[MASK]"), "unconfigured' is not a model folder: it has no config.json.");
    }

    [Fact]
    public void An_unknown_kind_of_model()
    {
        string folder = runs.Copy("masked", "kind");
        Configure(folder, "model_type", "mamba");

        Refused(2, runs.Tenon("fill", folder, "[MASK]"), "contains a model of type 'mamba', which no plugin opens. Supported types:");
    }

    [Theory]
    [InlineData("tokenizer.json", "", "tokenizer.json is not valid JSON")]
    [InlineData("vocab.txt", "", "which is not in the vocabulary of 0 tokens")]
    public void An_empty_tokenizer_file(string name, string content, string sentence)
    {
        string folder = runs.Copy("masked", $"tokenizer-{name}");
        File.Delete(Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, name), content);

        Refused(4, runs.Tenon("fill", folder, "[MASK]"), sentence);
    }

    [Fact]
    public void Data_with_a_class_that_the_model_does_not_have()
    {
        File.WriteAllText(runs.Workspace.At("more.tsv"), "text\tlabel\nthe cat\tother\nthe dog\tsees\nthe bird\tthird\nthe fish\tthird\n");

        Refused(4, runs.Tenon("eval", "runs/labelled", "--data:files:0", runs.Workspace.At("more.tsv")),
            "The data has a class that the model does not have: third. The model's classes are other, sees.");
    }

    [Theory]
    [InlineData("""{ "use": "labelled-text", "files": ["empty.tsv"] }""", "empty.tsv' has no rows (0 bytes)")]
    [InlineData("""{ "use": "tagged-text", "files": ["empty.tsv"] }""", "empty.tsv' has no sentences (0 bytes)")]
    [InlineData("""{ "use": "text-files", "files": ["empty.tsv"] }""", "empty.tsv")]
    public void An_empty_data_file(string data, string sentence)
    {
        File.WriteAllText(runs.Workspace.At("empty.tsv"), "");

        Refused(4, runs.Tenon("run", runs.Recipe("empty", data, 1)), sentence);
        Directory.Exists(runs.Workspace.At("runs", "empty")).Should().BeFalse();
    }

    [Fact]
    public void A_head_that_the_data_has_no_classes_for()
    {
        Refused(
            2, runs.Tenon("run", runs.Workspace.At("tagged.json"), "--name", "head", "--model:head", "sequence-classification"),
            "'head' is 'sequence-classification', but the data labels words.");
        Directory.Exists(runs.Workspace.At("runs", "head")).Should().BeFalse();
    }

    private static void Refused(int code, ProgramResult result, string sentence)
    {
        result.ExitCode.Should().Be(code, result.All);
        result.Errors.Should().Contain(sentence);
        result.All.Should().NotContain("Unexpected failure").And.NotContain("   at ");
        result.Errors.Trim().Split('\n').Should().ContainSingle();
    }

    private static void Configure(string folder, string key, JsonNode value)
    {
        string file = Path.Combine(folder, "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(file))!;
        config[key] = value;
        File.WriteAllText(file, config.ToJsonString());
    }
}
