using System.Text.Json.Nodes;

namespace Tenon.Export.Tests;

/// <summary>The tokenizer in the metadata of exported models.</summary>
[Collection(WorkshopGroup.Name)]
public sealed class GgufTokenizerTests(Workshop workshop)
{
    private string Gpt => workshop.Train("gpt", Shapes.Of("gpt"));

    [Fact]
    public void A_byte_level_vocabulary_has_merges_and_a_pattern()
    {
        using Host.Models.OpenedModel opened = workshop.Open(Gpt);
        ITokenizer tokenizer = opened.Tokenizer!;
        Dictionary<string, object> metadata = Metadata(Gpt);
        int end = tokenizer.Special.EndOfText!.Value;

        metadata["tokenizer.ggml.model"].Should().Be("gpt2");
        metadata["tokenizer.ggml.pre"].Should().Be("gpt-2");
        ((object[])metadata["tokenizer.ggml.tokens"]).Should()
            .Equal(Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.TokenText));
        ((object[])metadata["tokenizer.ggml.merges"])[..2].Should().AllSatisfy(merge => ((string)merge).Should().MatchRegex(@"^\S+ \S+$"));
        object[] types = (object[])metadata["tokenizer.ggml.token_type"];
        types[end].Should().Be(3);
        types.Where(type => type is not 1).Should().ContainSingle();
        metadata.Should().Contain(new Dictionary<string, object>
        {
            ["tokenizer.ggml.bos_token_id"] = (uint)end,
            ["tokenizer.ggml.eos_token_id"] = (uint)end,
            ["tokenizer.ggml.add_bos_token"] = false,
            ["tokenizer.ggml.add_eos_token"] = false,
        });
        metadata.Should().NotContainKey("tokenizer.chat_template").And.NotContainKey("tokenizer.ggml.scores");
    }

    [Fact]
    public void Rows_of_the_embedding_without_a_token_are_unused_ids()
    {
        string folder = workshop.Train(
            "padded", """{ "use": "gpt", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 64, "vocabularySize": 260 }""",
            """{ "use": "bytes" }""", steps: 1);
        Dictionary<string, object> metadata = Metadata(folder);

        ((object[])metadata["tokenizer.ggml.tokens"])[257..].Should().Equal("[PAD257]", "[PAD258]", "[PAD259]");
        ((object[])metadata["tokenizer.ggml.token_type"])[256..].Should().Equal(3, 5, 5, 5);
    }

    [Fact]
    public void A_SentencePiece_vocabulary_has_scores_in_the_order_of_its_merges()
    {
        string source = workshop.At("pieces");
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "data", "llama.model"), Path.Combine(source, "tokenizer.model"));
        string folder = workshop.Train(
            "pieces", """{ "use": "llama", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 64 }""",
            $$"""{ "use": "huggingface", "path": "{{source}}" }""", steps: 1);
        Dictionary<string, object> metadata = Metadata(folder);
        string[] tokens = [.. ((object[])metadata["tokenizer.ggml.tokens"]).Cast<string>()];
        object[] types = (object[])metadata["tokenizer.ggml.token_type"], scores = (object[])metadata["tokenizer.ggml.scores"];

        metadata.Should().Contain(new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "llama",
            ["tokenizer.ggml.pre"] = "default",
            ["tokenizer.ggml.add_space_prefix"] = true,
            ["tokenizer.ggml.add_bos_token"] = true,
            ["tokenizer.ggml.bos_token_id"] = 1u,
            ["tokenizer.ggml.eos_token_id"] = 2u,
            ["tokenizer.ggml.unknown_token_id"] = 0u,
        });
        types[..4].Should().Equal(2, 3, 3, 4); // <unk> <s> </s> <|user|>
        types[Array.IndexOf(tokens, "<0x0A>")].Should().Be(6);
        // SentencePiece numbers the tokens in the order in which it made them.
        float[] merged = [.. tokens.Zip(scores, types).Where(token => token.First.Length > 1 && token.Third is 1)
            .Select(token => (float)token.Second)];
        merged.Should().BeInDescendingOrder().And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Chat_templates_and_several_ends_are_kept()
    {
        string folder = workshop.Changed(workshop.Changed(Gpt, "tokenizer_config.json", config => config["chat_template"] = new JsonArray(
            new JsonObject { ["name"] = "default", ["template"] = "{{ messages }}" },
            new JsonObject { ["name"] = "tool_use", ["template"] = "{{ tools }}" })),
            "config.json", config => config["eos_token_id"] = new JsonArray(3, 4));
        Dictionary<string, object> metadata = Metadata(folder);

        metadata["tokenizer.chat_template"].Should().Be("{{ messages }}");
        metadata["tokenizer.chat_template.tool_use"].Should().Be("{{ tools }}");
        ((object[])metadata["tokenizer.chat_templates"]).Should().Equal("tool_use");
        metadata["tokenizer.ggml.eot_token_id"].Should().Be(3u);
        metadata["tokenizer.ggml.eom_token_id"].Should().Be(4u);
    }

    [Fact]
    public void A_template_in_a_separate_file_takes_precedence()
    {
        string folder = workshop.Changed(Gpt, "tokenizer_config.json", config => config["chat_template"] = "old");
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "new");

        Metadata(folder)["tokenizer.chat_template"].Should().Be("new");
    }

    [Fact]
    public void Normalization_to_NFC_is_reported()
    {
        string folder = workshop.Changed(Gpt, "tokenizer.json", rules => rules["normalizer"] = new JsonObject { ["type"] = "NFC" });

        (int code, _, string errors) = Workshop.Run("export", folder);

        code.Should().Be(0, errors);
        errors.Should().Contain("NFC");
    }

    public static TheoryData<string, string> Changes => new()
    {
        { """{ "normalizer": { "type": "Lowercase" } }""", "normalizes texts (Lowercase)" },
        { """{ "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": true, "use_regex": true } }""", "no name for how it splits texts into words" },
        { """{ "pre_tokenizer": { "type": "Sequence", "pretokenizers": [{ "type": "Digits" }, { "type": "ByteLevel", "add_prefix_space": false }] } }""", "Digits" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Rules_that_llama_cpp_lacks_are_refused(string change, string message)
    {
        Workshop.Refused(workshop.Changed(Gpt, "tokenizer.json", rules =>
        {
            foreach ((string key, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
                rules[key] = value!.DeepClone();
        }), message);
    }

    [Fact]
    public void Tokens_with_strip_flags_are_refused_by_name() => Workshop.Refused(
        workshop.Changed(Gpt, "tokenizer.json", rules => rules["added_tokens"]![0]!["lstrip"] = true), "'<|endoftext|>' has 'lstrip'");

    [Fact]
    public void Word_pieces_are_refused() => Workshop.Refused(
        workshop.Train(
            "word-pieces", """{ "use": "gpt", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 64 }""",
            """{ "use": "wordpiece", "vocabularySize": 200 }""", steps: 1),
        "its model is WordPiece");

    private Dictionary<string, object> Metadata(string folder) => GgufReader.Read(workshop.Export(folder)).Metadata;
}
