using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.PostProcessors;

/// <summary>The tokens that a post-processor adds around a single text and around a pair.</summary>
/// <param name="Single">Tokens around a text.</param>
/// <param name="Pair">Tokens around a pair; null if the file does not define a supported frame.</param>
/// <param name="PairProblem">Why there is no <paramref name="Pair"/>.</param>
internal sealed record Frames(TokenFrame Single, TokenFrame? Pair, string PairProblem = "")
{
    /// <summary>No tokens.</summary>
    public static Frames None { get; } = new(TokenFrame.None, TokenFrame.None);

    /// <summary>BERT's frames, or none if the vocabulary lacks <c>[CLS]</c>.</summary>
    public static Frames Of(SpecialTokens special) => new(TokenFrame.Of(special, pair: false), TokenFrame.Of(special, pair: true));

    /// <exception cref="DataException">There is no frame for two texts.</exception>
    public TokenFrame Get(bool pair) => pair ? Pair ?? throw new DataException(PairProblem) : Single;

    /// <summary>
    /// The frames of <c>add_bos_token</c> and <c>add_eos_token</c>: the begin token before each text of a pair, and the end token
    /// after each.
    /// </summary>
    /// <param name="begin">The token before each text, or null.</param>
    /// <param name="end">The token after each text, or null.</param>
    public static Frames Around(int? begin, int? end)
    {
        int[] before = begin is { } b ? [b] : [], after = end is { } e ? [e] : [];
        return new Frames(new TokenFrame(before, [], after), new TokenFrame(before, [.. after, .. before], after));
    }

    /// <summary>The <c>TemplateProcessing</c> that gives these frames.</summary>
    /// <param name="vocabulary">The tokens' spellings.</param>
    public JsonObject ToTemplate(Vocabulary vocabulary)
    {
        var pair = Pair ?? Single;
        var tokens = new JsonObject();
        foreach (var id in new[] { Single, pair }.SelectMany(frame => frame.Around(frame.Between)).Distinct())
        {
            var name = vocabulary.Text(id);
            tokens[name] = new JsonObject { ["id"] = name, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(name) };
        }

        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Specials(Single.Before, 0), Text("A", 0), .. Specials(Single.After, 0)]),
            ["pair"] = new JsonArray(
            [
                .. Specials(pair.Before, 0), Text("A", 0), .. Specials(pair.Between, 0),
                Text("B", pair.SecondType), .. Specials(pair.After, pair.SecondType),
            ]),
            ["special_tokens"] = tokens,
        };

        IEnumerable<JsonNode?> Specials(IReadOnlyList<int> ids, int type) =>
            ids.Select(id => Part("SpecialToken", vocabulary.Text(id), type));

        static JsonObject Text(string name, int type) => Part("Sequence", name, type);

        static JsonObject Part(string kind, string name, int type) =>
            new() { [kind] = new JsonObject { ["id"] = name, ["type_id"] = type } };
    }
}
