using System.Text.Json.Nodes;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.PostProcessors;

namespace Tenon.Tokenizers.SentencePiece;

/// <summary>
/// Adds the <c>tokenizer.json</c> that transformers would create to a folder with a SentencePiece model: Llama's and Gemma's
/// <c>tokenizer.model</c>, T5's <c>spiece.model</c>.
/// </summary>
internal static class ModelConverter
{
    private const string Mark = "▁";
    private const int SentinelsOfT5 = 100;

    // Classes whose tokenizer.model or spiece.model follows the rules below.
    private static readonly string[] LlamaClasses = ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"];
    private static readonly string[] T5Classes = ["T5Tokenizer", "MT5Tokenizer"];

    /// <summary>The folder's files with a <c>tokenizer.json</c>.</summary>
    /// <param name="folder">Used in messages.</param>
    /// <param name="name"><c>tokenizer.model</c> or <c>spiece.model</c>.</param>
    /// <param name="files">The folder's files.</param>
    /// <exception cref="DataException">A file is malformed or of an unsupported kind.</exception>
    public static TokenizerFiles Convert(string folder, string name, TokenizerFiles files)
    {
        var model = ModelFile.Read(Path.Combine(folder, name), files.Find(name)!);
        var config = files.Json(folder, SpecialTokenNames.ConfigFile);
        var isT5 = name == HuggingFaceReader.UnigramFile;
        string[] classes = isT5 ? T5Classes : LlamaClasses;
        if (config?.Child("tokenizer_class") is { } type && !classes.Contains(Slow(type.AsText()), StringComparer.Ordinal))
            throw type.Error(
                $"is '{type.AsText()}'; supported next to {name}: {string.Join(", ", classes)}. Save the folder with transformers' " +
                "fast tokenizer to get a tokenizer.json");
        var sentinels = isT5 ? config?.Child("extra_ids")?.AsId() ?? SentinelsOfT5 : 0;
        for (var i = sentinels - 1; i >= 0; i--)
        {
            if (!model.Pieces.Any(piece => piece.Text == $"<extra_id_{i}>"))
                model.Pieces.Add(new ModelPiece($"<extra_id_{i}>", 0, PieceType.Control));
        }

        if (model.Pieces.CountBy(piece => piece.Text).FirstOrDefault(text => text.Value > 1) is { Key: { } twice })
            throw new DataException($"{Path.Combine(folder, name)} has the piece '{twice}' twice; each piece must occur once. Download " +
                "it again.");
        var vocabulary = Vocabulary(model);
        var frames = isT5 ? EndsOfT5(folder, name, vocabulary) : Llama(config, vocabulary);
        var json = HuggingFaceWriter.Tokenizer(
            vocabulary,
            Normalizer(model, config),
            PreTokenizer(model, config),
            frames.ToTemplate(vocabulary),
            Decoder(model),
            model.IsPairs ? Pairs(model, vocabulary) : Unigram(model));
        var made = HuggingFaceWriter.Special(vocabulary, classes[0]);
        made[HuggingFaceReader.TokenizerFile] = HuggingFaceWriter.Bytes(json);
        return files.Or(() => made);
    }

    private static string Slow(string tokenizerClass) =>
        tokenizerClass.EndsWith("Fast", StringComparison.Ordinal) ? tokenizerClass[..^4] : tokenizerClass;

    private static Vocabulary Vocabulary(ModelFile model)
    {
        var special = new SpecialTokens { Unknown = Id(0), BeginOfText = Id(1), EndOfText = Id(2), Pad = Id(3) };
        var added = model.Pieces.Index()
            .Where(piece => piece.Item.Type is PieceType.Unknown or PieceType.Control or PieceType.UserDefined)
            .Select(piece => new AddedToken(piece.Index, piece.Item.Text, Special: piece.Item.Type != PieceType.UserDefined));
        return new Vocabulary([.. model.Pieces.Select(piece => piece.Text)], added, special);

        int? Id(int role) => model.SpecialIds[role] is var id && id >= 0 && id < model.Pieces.Count ? id : null;
    }

    // $A </s>, and $A </s> $B </s>
    private static Frames EndsOfT5(string folder, string name, Vocabulary vocabulary)
    {
        var end = vocabulary.Special.EndOfText
            ?? throw new DataException($"{Path.Combine(folder, name)} has no end piece, which T5 adds to each text.");
        return new Frames(new TokenFrame([], [], [end]), new TokenFrame([], [end], [end]) { SecondType = 0 });
    }

    private static Frames Llama(JsonSection? config, Vocabulary vocabulary) => Frames.Around(
        config?.Flag("add_bos_token", missing: true) ?? true ? vocabulary.Special.BeginOfText : null,
        config?.Flag("add_eos_token", missing: false) ?? false ? vocabulary.Special.EndOfText : null);

    // With Llama's "legacy": true, each text between special tokens gets the mark; with false, only the first one.
    private static bool IsLegacy(JsonSection? config) => config?.Flag("legacy", missing: true) ?? true;

    private static JsonObject? Normalizer(ModelFile model, JsonSection? config)
    {
        var stages = new JsonArray();
        if (model.CharacterMap.Length > 0)
            stages.Add(Component("Precompiled", ("precompiled_charsmap", System.Convert.ToBase64String(model.CharacterMap))));
        if (model.RemovesExtraSpaces)
        {
            stages.Add(Component("Strip", ("strip_left", false), ("strip_right", true)));
            stages.Add(Component("Replace", ("pattern", new JsonObject { ["Regex"] = " {2,}" }), ("content", model.IsPairs ? " " : Mark)));
        }

        if (model.IsPairs && IsLegacy(config))
        {
            if (model.AddsPrefix)
                stages.Add(Component("Prepend", ("prepend", Mark)));
            stages.Add(Component("Replace", ("pattern", new JsonObject { ["String"] = " " }), ("content", Mark)));
        }

        return stages.Count == 0 ? null : Component("Sequence", ("normalizers", stages));
    }

    private static JsonObject? PreTokenizer(ModelFile model, JsonSection? config)
    {
        if (model.IsPairs && IsLegacy(config))
            return null;
        var scheme = !model.AddsPrefix ? "never" : model.IsPairs ? "first" : "always";
        return Component("Metaspace", ("replacement", Mark), ("prepend_scheme", scheme), ("split", !model.IsPairs));
    }

    private static JsonObject Decoder(ModelFile model)
    {
        if (!model.IsPairs && !model.ByteFallback)
            return Component(
                "Metaspace", ("replacement", Mark), ("prepend_scheme", model.AddsPrefix ? "always" : "never"), ("split", true));
        var stages = new JsonArray
        {
            Component("Replace", ("pattern", new JsonObject { ["String"] = Mark }), ("content", " ")),
            Component("ByteFallback"),
            Component("Fuse"),
        };
        if (model.AddsPrefix)
            stages.Add(Component("Strip", ("content", " "), ("start", 1), ("stop", 0)));
        return Component("Sequence", ("decoders", stages));
    }

    private static JsonObject Pairs(ModelFile model, Vocabulary vocabulary) => Component(
        "BPE",
        ("dropout", null),
        ("unk_token", Unknown(model) is { } unknown ? model.Pieces[unknown].Text : null),
        ("continuing_subword_prefix", null),
        ("end_of_word_suffix", null),
        ("fuse_unk", true),
        ("byte_fallback", model.ByteFallback),
        ("ignore_merges", false),
        ("vocab", HuggingFaceWriter.VocabularyOf(vocabulary)),
        ("merges", new JsonArray([.. Merges(model, vocabulary).Select(merge => new JsonArray(merge.Left, merge.Right))])));

    private static JsonObject Unigram(ModelFile model) => Component(
        "Unigram",
        ("unk_id", Unknown(model)),
        ("vocab", new JsonArray([.. model.Pieces.Select(piece => new JsonArray(piece.Text, (double)piece.Score))])),
        ("byte_fallback", model.ByteFallback));

    private static int? Unknown(ModelFile model) =>
        model.Pieces.FindIndex(piece => piece.Type == PieceType.Unknown) is >= 0 and var id ? id : null;

    // SentencePiece merges the pair whose joined piece has the highest score, so every way to split a piece is a merge.
    private static IEnumerable<(string Left, string Right)> Merges(ModelFile model, Vocabulary vocabulary)
    {
        var merges = new List<(string Left, string Right, float Score)>();
        foreach (var piece in model.Pieces.Where(piece => piece.Type == PieceType.Normal))
        {
            var cuts = new List<(int Left, int Right)>();
            for (var cut = 1; cut < piece.Text.Length; cut++)
            {
                if (!char.IsLowSurrogate(piece.Text[cut]) && Part(piece.Text[..cut]) is { } left && Part(piece.Text[cut..]) is { } right)
                    cuts.Add((left, right));
            }

            merges.AddRange(cuts.Order().Select(cut => (vocabulary.Text(cut.Left), vocabulary.Text(cut.Right), piece.Score)));
        }

        return merges.OrderByDescending(merge => merge.Score).ThenByDescending(merge => Length(merge.Left))
            .ThenByDescending(merge => Length(merge.Right))
            .Select(merge => (merge.Left, merge.Right));

        int? Part(string text) => vocabulary.Id(text) is { } id && model.Pieces[id].Type == PieceType.Normal ? id : null;

        static int Length(string text) => text.EnumerateRunes().Count();
    }

    private static JsonObject Component(string type, params (string Name, JsonNode? Value)[] settings)
    {
        var component = new JsonObject { ["type"] = type };
        foreach (var (name, value) in settings)
            component[name] = value;
        return component;
    }
}
