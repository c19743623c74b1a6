using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;

namespace Tenon.Integration.Tests;

/// <summary>Folders as they are on the hub: other heads, no head, other sizes than the tokenizer's, settings in further files.</summary>
[Collection(InOneProcess.Name)]
public sealed class HubFolderTests : HubFolderTest
{
    private const string LeftOut = "The folder contains weights of other heads, which are ignored: ";
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "data", "goldens");

    [Fact]
    public void Heads_that_the_configuration_does_not_name_are_left_out_and_reported_once()
    {
        string bert = Copy("bert-two-heads"), plain = Copy("bert-two-heads", "plain");
        Edit(plain, name => name.StartsWith("bert.pooler", StringComparison.Ordinal)
            || name.StartsWith("cls.seq_relationship", StringComparison.Ordinal)
            ? null : name.Replace("gamma", "weight", StringComparison.Ordinal).Replace("beta", "bias", StringComparison.Ordinal));

        ProgramResult fill = Tenon("fill", bert, "the [MASK] runs", "--json"), embed = Tenon("embed", bert, "the fox runs", "--json");

        fill.ExitCode.Should().Be(0, fill.All);
        fill.Errors.Should().Be(
            $"{LeftOut}bert.pooler.dense.bias, bert.pooler.dense.weight, cls.seq_relationship.bias, " +
            $"cls.seq_relationship.weight.{Environment.NewLine}");
        ProgramResult expected = Tenon("embed", plain, "the fox runs", "--json");
        expected.Errors.Should().BeEmpty();
        embed.Output.Should().Be(expected.Output);
    }

    [Theory]
    [InlineData("gpt2-value-head", "n_embd", 1_000_000, "generate", "the", "([96] in the file, [3000000] in the model)")]
    [InlineData("gpt2-value-head", "vocab_size", 100_000_000, "generate", "the", "[257, 32] in the file, [100000000, 32] in the model")]
    [InlineData("gpt2-value-head", "n_layer", 1000, "generate", "the", "Missing: transformer.h.10.attn.c_attn.bias")]
    [InlineData("bert-two-heads", "hidden_size", 1_000_000, "embed", "the fox", "[200, 32] in the file, [200, 1000000] in the model")]
    [InlineData("bert-two-heads", "intermediate_size", 9_000_000, "embed", "the fox", "[128, 32] in the file, [9000000, 32] in the model")]
    public void Sizes_that_the_weights_contradict_are_refused_before_memory_is_allocated(
        string model, string key, int value, string verb, string input, string difference)
    {
        string folder = Copy(model);
        Change(folder, "config.json", config => config[key] = value);
        long before = Environment.WorkingSet;

        ProgramResult result = Tenon([verb, folder, .. verb == "generate" ? ["--prompt"] : Array.Empty<string>(), input]);

        result.ExitCode.Should().Be(4, result.All);
        result.Errors.Should().Contain("do not match the model").And.Contain(difference);
        result.Errors.TrimEnd().Should().NotContain("\n");
        (Environment.WorkingSet - before).Should().BeLessThan(500_000_000);
    }

    [Fact]
    public void A_run_that_starts_from_a_folder_with_wrong_sizes_is_refused_before_memory_is_allocated()
    {
        string folder = Copy("gpt2-value-head");
        Change(folder, "config.json", config => config["n_embd"] = 100_000);
        File.WriteAllLines(At("text.txt"), Enumerable.Repeat("The cat sees the dog.", 100));
        File.WriteAllText(At("recipe.json"), """
            {
              "device": { "use": "cpu" }, "data": { "use": "text-files", "files": ["text.txt"] },
              "model": { "use": "gpt", "from": "gpt2-value-head" }, "strategy": { "use": "pretrain" }, "training": { "steps": 1 }
            }
            """);

        ProgramResult result = Tenon("run", At("recipe.json"));

        result.ExitCode.Should().Be(4, result.All);
        result.Errors.Should().Contain("do not match the model").And.Contain("[96] in the file, [300000] in the model");
        Directory.Exists(At("runs")).Should().BeFalse();
    }

    [Theory]
    [InlineData("v_head")]
    [InlineData("multiple_choice_head")]
    [InlineData("score")]
    public void A_second_head_changes_no_text(string head)
    {
        string plain = Copy("gpt2-value-head", "plain"), two = Copy("gpt2-value-head", "two");
        Edit(plain, name => name.StartsWith("v_head", StringComparison.Ordinal) ? null : name);
        Edit(two, name => name.Replace("v_head", head, StringComparison.Ordinal));
        string[] words = ["--prompt", "a", "--temperature", "0", "-n", "8", "--json"];

        ProgramResult found = Tenon(["generate", two, .. words]);

        found.ExitCode.Should().Be(0, found.All);
        found.Errors.Should().StartWith(LeftOut).And.Contain($"{head}.summary.weight");
        found.Output.Should().Be(Tenon(["generate", plain, .. words]).Output);
    }

    [Fact]
    public void Judging_reports_what_is_left_out_of_each_folder()
    {
        string two = Copy("gpt2-value-head");
        File.WriteAllText(At("prompts.txt"), "a\n");

        ProgramResult judge =
            Tenon("judge", two, "--reward", "length", "--prompts", "prompts.txt", "--reference", two, "-n", "2", "--json");

        judge.ExitCode.Should().Be(0, judge.All);
        string[] remarks = judge.Errors.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        remarks.Should().HaveCount(2);
        remarks[0].Should().StartWith(LeftOut).And.Contain("v_head.summary.weight");
        remarks[1].Should().StartWith($"'{two}': {LeftOut}");
    }

    [Fact]
    public void A_model_without_a_head_opens_for_all_that_needs_none()
    {
        string bert = Copy("bert-two-heads"), bare = Copy("bert-two-heads", "bare");
        Edit(bare, name => name.StartsWith("cls.", StringComparison.Ordinal) ? null : name["bert.".Length..]);
        Change(bare, "config.json", config => config["architectures"] = new JsonArray("BertModel"));

        ProgramResult embed = Tenon("embed", bare, "the fox runs", "--json"), fill = Tenon("fill", bare, "the [MASK] runs");

        embed.ExitCode.Should().Be(0, embed.All);
        embed.Output.Should().Be(Tenon("embed", bert, "the fox runs", "--json").Output);
        fill.ExitCode.Should().Be(4, fill.All);
        fill.Errors.Should().Contain("'fill' needs the head of the model, but the folder has no weights for it: cls.predictions.bias, ");
    }

    [Fact]
    public void A_bare_GPT_has_the_head_of_its_embedding()
    {
        string plain = Copy("gpt2-value-head", "plain"), bare = Copy("gpt2-value-head", "bare");
        Edit(bare, name => name.StartsWith("v_head", StringComparison.Ordinal) ? null : name["transformer.".Length..]);
        Change(bare, "config.json", config => config["architectures"] = new JsonArray("GPT2Model"));
        string[] words = ["--prompt", "a", "--temperature", "0", "-n", "8", "--json"];

        ProgramResult found = Tenon(["generate", bare, .. words]);

        found.ExitCode.Should().Be(0, found.All);
        found.Errors.Should().BeEmpty();
        found.Output.Should().Be(Tenon(["generate", plain, .. words]).Output);
    }

    [Fact]
    public void A_classifier_whose_configuration_has_no_special_tokens_takes_the_tokenizers()
    {
        string folder = At("classifier");
        CopyFiles(Path.Combine(Goldens, "bert-tiny-seqcls"), folder);
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt" })
            File.Copy(Path.Combine(Hub, "bert-two-heads", file), Path.Combine(folder, file));
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject().ContainsKey("cls_token_id").Should().BeFalse();

        ProgramResult classify = Tenon("classify", folder, "the fox runs", "the [MASK] runs", "--json");

        classify.ExitCode.Should().Be(0, classify.All);
        // One token for [MASK], as in fill: not the pieces of its spelling.
        JsonArray ids = JsonNode.Parse(Tenon("tokenize", folder, "the [MASK] runs", "--json").Output)!.AsArray();
        ids.ToJsonString().Should().Contain("[MASK]");
        classify.Output.Should().NotBe(Tenon("classify", folder, "the fox runs", "the ( MASK ) runs", "--json").Output);
    }

    [Fact]
    public void Tokens_past_the_embedding_are_reported_and_refused_when_used()
    {
        string folder = Copy("gpt2-value-head");
        Change(folder, "tokenizer.json", tokenizer => tokenizer["added_tokens"]!.AsArray().Add(
            JsonNode.Parse("""{"id": 257, "content": "<user>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}""")));

        ProgramResult without = Tenon("generate", folder, "--prompt", "hi", "-n", "4");
        ProgramResult with = Tenon("generate", folder, "--prompt", "<user> hi", "-n", "4");
        ProgramResult embed = Tenon("embed", folder, "<user> hi");

        without.ExitCode.Should().Be(0, without.All);
        without.Errors.Should().Contain("The tokenizer has 258 ids, but the model's embedding has 257 rows. " +
            "Texts with these tokens are refused: '<user>' (257).");
        foreach (ProgramResult refused in new[] { with, embed })
        {
            refused.ExitCode.Should().Be(4, refused.All);
            refused.Errors.Should()
                .Contain("The text has the token '<user>' (id 257), but the model's embedding has rows only for the ids 0 … 256.");
        }
    }

    [Fact]
    public void Rows_of_the_embedding_without_a_token_are_never_drawn()
    {
        using var workspace = new Workspace();
        string recipe = workspace.Recipe("padded", 4, 0);
        ProgramResult run = InProcess.Run(workspace.Folder, "run", recipe, "--model:vocabularySize", "320", "--samples:every", "2",
            "--samples:temperature", "1");
        run.ExitCode.Should().Be(0, run.All);

        ProgramResult generate = InProcess.Run(
            workspace.Folder, "generate", "runs/padded", "--prompt", "the", "--top-k", "0", "--temperature", "1", "-n", "28", "--json");

        Ids(generate).Should().NotBeEmpty().And.OnlyContain(id => id < 257);
    }

    [Theory]
    [InlineData("config.json", false)]
    [InlineData("config.json", true)]
    [InlineData("generation_config.json", false)]
    [InlineData("generation_config.json", true)]
    public void The_ids_of_both_configurations_end_a_text(string file, bool list)
    {
        string folder = Copy("gpt2-value-head");
        string[] words = ["generate", folder, "--prompt", "a", "--temperature", "0", "-n", "12", "--json"];
        int[] ids = Ids(Tenon(words));
        int end = ids[^1];
        int before = Array.IndexOf(ids, end);
        Change(folder, file, config => config["eos_token_id"] = list ? new JsonArray(256, end) : end);

        ProgramResult ended = Tenon(words);

        ended.ExitCode.Should().Be(0, ended.All);
        Ids(ended).Should().Equal(ids[..before]);
        ended.Output.Should().Contain("end of text");
    }

    [Fact]
    public void An_id_that_is_none_is_refused()
    {
        string folder = Copy("gpt2-value-head");
        Change(folder, "generation_config.json", config => config["eos_token_id"] = "</s>");

        ProgramResult generate = Tenon("generate", folder, "--prompt", "a");

        generate.ExitCode.Should().Be(4, generate.All);
        generate.Errors.Should().Contain("generation_config.json: 'eos_token_id' has \"\\u003C/s\\u003E\", which is not a token id.");
    }

    [Fact]
    public void Merging_an_adapter_with_an_embedding_of_its_own_writes_both_weights()
    {
        string merged = At("merged");

        ProgramResult merge = InProcess.Run(Goldens, "merge", "peft-lora-wte", "--output", merged);

        merge.ExitCode.Should().Be(0, merge.All);
        foreach (string file in new[] { "inputs.safetensors", "outputs.safetensors" })
            File.Copy(Path.Combine(Goldens, "peft-lora-wte", file), Path.Combine(merged, file));
        ProgramResult parity = Tenon("parity", merged);
        parity.ExitCode.Should().Be(0, parity.All);
        JsonNode.Parse(File.ReadAllText(Path.Combine(merged, "config.json")))!["tie_word_embeddings"]!.GetValue<bool>().Should().BeFalse();
    }

    private static int[] Ids(ProgramResult generate)
    {
        generate.ExitCode.Should().Be(0, generate.All);
        return JsonNode.Parse(generate.Output)![0]!["ids"]!.Deserialize<int[]>()!;
    }

    // Renames and drops tensors.
    private static void Edit(string folder, Func<string, string?> rename)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        string path = Path.Combine(folder, "model.safetensors");
        List<(string, torch.Tensor)> kept = [];
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            foreach (string name in file.Tensors.Keys)
            {
                if (rename(name) is { } renamed)
                    kept.Add((renamed, file.Read(name)));
            }
        }

        SafetensorsFile.Write(path, kept);
    }
}
