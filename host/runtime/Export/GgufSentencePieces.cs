using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tenon.Host.Export;

/// <summary>
/// SentencePiece BPE with byte fallback. llama.cpp does not use merges for it, but joins any two neighbors that form a token, starting
/// with the token with the highest score. The scores are derived from the order of the merges.
/// </summary>
internal static partial class GgufSentencePieces
{
    private const string Mark = "▁";

    /// <summary>Returns whether a tokenizer encodes characters that are not in its vocabulary as bytes.</summary>
    public static bool Is(SavedTokenizer saved) => SavedTokenizer.Flag(saved.Model, "byte_fallback", missing: false);

    /// <summary>Returns whether a token represents a byte.</summary>
    public static bool IsByte(string token) => ByteToken().IsMatch(token);

    /// <summary>Writes the rules.</summary>
    /// <param name="saved">The tokenizer.</param>
    /// <param name="metadata">Receives the keys.</param>
    /// <param name="added">The added tokens by id.</param>
    /// <returns>Remarks for the user, one sentence each.</returns>
    /// <exception cref="ModelException">llama.cpp has no such rules.</exception>
    public static IEnumerable<string> Write(SavedTokenizer saved, GgufMetadata metadata, IReadOnlyDictionary<int, JsonObject> added)
    {
        bool prefix = AddsPrefix(saved);
        string[] tokens = [.. Enumerable.Range(0, saved.Tokenizer.VocabularySize).Select(saved.Tokenizer.TokenText)];
        if (tokens.Count(IsByte) != 256)
        {
            throw new ModelException(
                $"GGUF cannot hold this tokenizer: it has {tokens.Count(IsByte)} of the 256 byte tokens <0x00> … <0xFF>.");
        }

        if (SavedTokenizer.Flag(saved.Model, "ignore_merges", missing: false))
        {
            throw new ModelException(
                "GGUF cannot hold this tokenizer: llama.cpp's SentencePiece tokenizer always merges ('ignore_merges').");
        }

        metadata.Add("tokenizer.ggml.model", "llama");
        metadata.Add("tokenizer.ggml.pre", "default");
        metadata.Add("tokenizer.ggml.add_space_prefix", prefix);
        metadata.Add("tokenizer.ggml.scores", Scores(saved, tokens, added));
        return prefix && saved.PreTokenizers.Count > 0
            ? ["llama.cpp puts a space before every text, even if the text begins with a space or follows a special token, where this " +
                "tokenizer does not: such texts get different ids there."]
            : [];
    }

    // Either the normalizer or the pre-tokenizer replaces spaces with marks, and may put one before the text.
    private static bool AddsPrefix(SavedTokenizer saved)
    {
        return (saved.Normalizers, saved.PreTokenizers) switch
        {
            ([var replace], []) when Replaces(replace) => false,
            ([var prepend, var replace], []) when Prepends(prepend) && Replaces(replace) => true,
            ([], [var spaces]) when SavedTokenizer.TypeOf(spaces) == "Metaspace" && spaces["replacement"]?.GetValue<string>() == Mark
                && !SavedTokenizer.Flag(spaces, "split", missing: true) =>
                spaces["prepend_scheme"] is { } scheme
                    ? scheme.GetValue<string>() != "never"
                    : SavedTokenizer.Flag(spaces, "add_prefix_space", missing: true),
            _ => throw new ModelException(
                "GGUF cannot hold this tokenizer: it does more than replace spaces with marks. " +
                $"Its normalizer is {Json("normalizer")}, and its pre-tokenizer {Json("pre_tokenizer")}."),
        };

        string Json(string section) => saved.Rules[section]?.ToJsonString() ?? "null";
    }

    private static bool Prepends(JsonObject stage) =>
        SavedTokenizer.TypeOf(stage) == "Prepend" && stage["prepend"]?.GetValue<string>() == Mark;

    private static bool Replaces(JsonObject stage) =>
        SavedTokenizer.TypeOf(stage) == "Replace" && stage["content"]?.GetValue<string>() == Mark
        && (stage["pattern"] as JsonObject)?["String"]?.GetValue<string>() == " ";

    // Tokens that no merge produces, such as characters, have the score 0, which llama.cpp does not use.
    private static float[] Scores(SavedTokenizer saved, string[] tokens, IReadOnlyDictionary<int, JsonObject> added)
    {
        Dictionary<string, int> ids = tokens.Index().ToDictionary(token => token.Item, token => token.Index, StringComparer.Ordinal);
        float[] scores = new float[tokens.Length];
        var merges = new HashSet<(string, string)>();
        int rank = 0;
        string? last = null;
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string left, string right) in GgufBytePairs.Merges(saved))
        {
            string token = left + right;
            merges.Add((left, right));
            if (token == last)
                continue;
            if (!made.Add(token))
                throw Refused($"the merges that produce '{token}' are not consecutive");
            scores[ids[token]] = -rank++;
            last = token;
        }

        foreach ((int id, string token) in tokens.Index().Where(token => !added.ContainsKey(token.Index) && !IsByte(token.Item)))
        {
            foreach ((string left, string right) in Splits(token))
            {
                if (IsPiece(left) && IsPiece(right) && !merges.Contains((left, right)))
                    throw Refused($"it has the tokens '{left}', '{right}' and '{token}' ({id}), but no merge of the first two");
            }
        }

        return scores;

        bool IsPiece(string text) => ids.TryGetValue(text, out int id) && !added.ContainsKey(id);

        static ModelException Refused(string why) =>
            new($"GGUF cannot hold this tokenizer: it does not merge as SentencePiece does, because {why}.");
    }

    private static IEnumerable<(string Left, string Right)> Splits(string token)
    {
        int at = 0;
        foreach (Rune rune in token.EnumerateRunes())
        {
            if (at > 0)
                yield return (token[..at], token[at..]);
            at += rune.Utf16SequenceLength;
        }
    }

    [GeneratedRegex("^<0x[0-9A-F]{2}>$")]
    private static partial Regex ByteToken();
}
