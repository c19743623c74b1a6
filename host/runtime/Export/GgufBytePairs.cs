using System.Text.Json.Nodes;

namespace Tenon.Host.Export;

/// <summary>
/// Byte-level BPE. llama.cpp identifies how texts are split into words by a name (<c>tokenizer.ggml.pre</c>), not by a pattern.
/// </summary>
internal static class GgufBytePairs
{
    private const string Start = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string End = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = "GPT-2's pattern";
    private const string Llama3 = Start + @"\p{N}{1,3}" + End;
    private const string Qwen2 = Start + @"\p{N}" + End;
    private const string ByteLevel = "ByteLevel";

    // The name also determines whether a word that is in the vocabulary is encoded without merging.
    private static readonly (string Pattern, bool IgnoresMerges, string Name)[] _names =
    [
        (Gpt2, false, "gpt-2"), (Llama3, true, "llama-bpe"), (Llama3, false, "smaug-bpe"), (Qwen2, false, "qwen2"),
    ];

    /// <summary>Returns whether a tokenizer is byte-level.</summary>
    public static bool Is(SavedTokenizer saved) => saved.PreTokenizers is [.., var last] && SavedTokenizer.TypeOf(last) == ByteLevel;

    /// <summary>Writes the rules.</summary>
    /// <returns>Remarks for the user, one sentence each.</returns>
    /// <exception cref="ModelException">llama.cpp has no name for them.</exception>
    public static IEnumerable<string> Write(SavedTokenizer saved, GgufMetadata metadata)
    {
        string[] normalizers = [.. saved.Normalizers.Select(stage => SavedTokenizer.TypeOf(stage)!)];
        if (normalizers.FirstOrDefault(type => type != "NFC") is { } other)
        {
            throw new ModelException(
                $"GGUF cannot hold this tokenizer: it normalizes texts ({other}), which llama.cpp's byte-level BPE does not do.");
        }

        bool ignores = SavedTokenizer.Flag(saved.Model, "ignore_merges", missing: false);
        string? pattern = Pattern(saved.PreTokenizers);
        string name = _names.FirstOrDefault(known => known.Pattern == pattern && known.IgnoresMerges == ignores).Name
            ?? throw new ModelException(
                $"GGUF cannot hold this tokenizer: llama.cpp has no name for how it splits texts into words, " +
                $"{saved.Rules["pre_tokenizer"]!.ToJsonString()}{(ignores ? " with 'ignore_merges'" : "")}. " +
                "It has names for the patterns of GPT-2, Llama 3 and Qwen.");
        metadata.Add("tokenizer.ggml.model", "gpt2");
        metadata.Add("tokenizer.ggml.pre", name);
        metadata.Add("tokenizer.ggml.merges", [.. Merges(saved).Select(merge => $"{merge.Left} {merge.Right}")]);
        return normalizers.Length == 0 ? [] :
            ["Unlike this tokenizer, llama.cpp does not normalize texts to NFC: texts with decomposed characters get different ids there."];
    }

    /// <summary>Returns the merges of a BPE model in order of priority.</summary>
    public static IEnumerable<(string Left, string Right)> Merges(SavedTokenizer saved)
    {
        foreach (JsonNode? merge in saved.Model["merges"]!.AsArray())
        {
            string[] parts = merge is JsonArray pair
                ? [.. pair.Select(part => part!.GetValue<string>())]
                : merge!.GetValue<string>().Split(' ');
            yield return (parts[0], parts[1]);
        }
    }

    // Returns null if no single pattern splits the text.
    private static string? Pattern(IReadOnlyList<JsonObject> stages)
    {
        JsonObject last = stages[^1];
        if (SavedTokenizer.Flag(last, "add_prefix_space", missing: true))
            return null;
        bool usesOwn = SavedTokenizer.Flag(last, "use_regex", missing: true);
        return stages switch
        {
            [_] => usesOwn ? Gpt2 : null,
            [var first, _] when !usesOwn && SavedTokenizer.TypeOf(first) == "Split" && KeepsMatches(first) =>
                (first["pattern"] as JsonObject)?["Regex"]?.GetValue<string>(),
            _ => null,
        };
    }

    // The known patterns match every character, so both forms yield exactly the matches.
    private static bool KeepsMatches(JsonObject split) =>
        (split["behavior"]?.GetValue<string>(), SavedTokenizer.Flag(split, "invert", missing: false))
            is ("Isolated", _) or ("Removed", true);
}
