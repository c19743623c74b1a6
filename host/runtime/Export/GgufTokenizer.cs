using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Host.Export;

/// <summary>Writes a tokenizer to the metadata of a GGUF file. Refuses tokenizers that llama.cpp would not reproduce.</summary>
internal sealed class GgufTokenizer
{
    // llama.cpp's token types.
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    // llama.cpp's keys for the ids that end a text: end of sequence, turn and message.
    private static readonly string[] _endKeys = ["eos", "eot", "eom"];

    private readonly SavedTokenizer _saved;
    private readonly GgufMetadata _metadata;
    private readonly Dictionary<int, JsonObject> _added;
    private readonly bool _isSentencePiece;

    private GgufTokenizer(SavedTokenizer saved, GgufMetadata metadata)
    {
        (_saved, _metadata) = (saved, metadata);
        _added = (saved.Rules["added_tokens"] as JsonArray ?? []).OfType<JsonObject>().ToDictionary(token => token["id"]!.GetValue<int>());
        _isSentencePiece = GgufSentencePieces.Is(saved);
    }

    private ITokenizer Tokenizer => _saved.Tokenizer;

    /// <summary>Writes a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="metadata">Receives the keys.</param>
    /// <param name="model">The model that it belongs to.</param>
    /// <param name="layout">The model in llama.cpp's terms.</param>
    /// <returns>Remarks for the user, one sentence each.</returns>
    /// <exception cref="ModelException">llama.cpp has no such tokenizer, or the model has too few ids.</exception>
    public static IReadOnlyList<string> Write(ITokenizer tokenizer, GgufMetadata metadata, IGgufModel model, GgufLayout layout)
    {
        if (tokenizer.VocabularySize > model.VocabularySize)
        {
            throw new ModelException(
                $"GGUF cannot hold this model: the tokenizer has {tokenizer.VocabularySize} ids, but the model's embedding has " +
                $"{model.VocabularySize} rows, and GGUF needs a row for each id. Use a model with a larger embedding.");
        }

        var writer = new GgufTokenizer(SavedTokenizer.Of(tokenizer), metadata);
        List<string> remarks = [.. writer.WriteRules()];
        writer.WriteTokens(model.VocabularySize);
        remarks.AddRange(writer.WriteSpecial(model, layout));
        writer.WriteTemplates();
        return remarks;
    }

    private IEnumerable<string> WriteRules()
    {
        string type = SavedTokenizer.TypeOf(_saved.Model) ?? (_saved.Model["merges"] is null ? "WordPiece" : "BPE");
        if (type != "BPE" || (!_isSentencePiece && !GgufBytePairs.Is(_saved)))
        {
            throw new ModelException(
                "GGUF cannot hold this tokenizer: its model is " +
                $"{(type == "BPE" ? "BPE without byte-level encoding or byte fallback" : type)}. " +
                "Supported are byte-level BPE (GPT-2, Llama 3, Qwen) and SentencePiece BPE with byte fallback (Llama 2, Mistral).");
        }

        CheckAdded();
        return _isSentencePiece ? GgufSentencePieces.Write(_saved, _metadata, _added) : GgufBytePairs.Write(_saved, _metadata);
    }

    private void CheckAdded()
    {
        string[] keys = ["lstrip", "rstrip", "single_word"];
        foreach (JsonObject token in _added.Values)
        {
            if (keys.FirstOrDefault(key => SavedTokenizer.Flag(token, key, missing: false)) is { } set)
                throw Refused(token, $"has '{set}', which GGUF cannot express");
            bool isSpecial = SavedTokenizer.Flag(token, "special", missing: false);
            if (_isSentencePiece && !isSpecial && SavedTokenizer.Flag(token, "normalized", missing: false))
                throw Refused(token, "is matched in the normalized text ('normalized'), but llama.cpp matches tokens in the original text");
        }

        static ModelException Refused(JsonObject token, string why) =>
            new($"GGUF cannot hold this tokenizer: its token '{token["content"]}' {why}.");
    }

    // GGUF needs a token for each row of the embedding, so rows without one get placeholders.
    private void WriteTokens(int count)
    {
        string[] tokens = [.. Enumerable.Range(0, count).Select(id => id < Tokenizer.VocabularySize
            ? Tokenizer.TokenText(id) : string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]"))];
        int[] special = [.. SpecialIds()];
        _metadata.Add("tokenizer.ggml.tokens", tokens);
        _metadata.Add("tokenizer.ggml.token_type", [.. tokens.Select((token, id) => TypeOf(id, token, special))]);
    }

    private int TypeOf(int id, string token, int[] special)
    {
        if (id >= Tokenizer.VocabularySize)
            return Unused;
        if (_isSentencePiece && id == Tokenizer.Special.Unknown)
            return Unknown;
        if (special.Contains(id))
            return Control;
        if (_added.TryGetValue(id, out JsonObject? added))
            return SavedTokenizer.Flag(added, "special", missing: false) ? Control : UserDefined;
        return _isSentencePiece && GgufSentencePieces.IsByte(token) ? Byte : Normal;
    }

    private IEnumerable<int> SpecialIds()
    {
        SpecialTokens special = Tokenizer.Special;
        return new[]
        {
            special.BeginOfText, special.EndOfText, special.Unknown, special.Pad, special.Classify, special.Separator, special.Mask,
        }.OfType<int>();
    }

    private IEnumerable<string> WriteSpecial(IGgufModel model, GgufLayout layout)
    {
        SpecialTokens special = Tokenizer.Special;
        TokenFrame frame = Tokenizer.Frame();
        int? begin = Framed(frame.Before, "before") ?? special.BeginOfText ?? layout.BeginOfText;
        int? end = Framed(frame.After, "after") ?? special.EndOfText;
        Add("bos", begin);
        int[] ends = [.. new[] { end }.OfType<int>().Concat(model.EndOfText).Distinct()];
        foreach ((string key, int id) in _endKeys.Zip(ends))
            Add(key, id);
        Add("unknown", special.Unknown);
        Add("padding", special.Pad);
        _metadata.Add("tokenizer.ggml.add_bos_token", frame.Before.Count > 0);
        _metadata.Add("tokenizer.ggml.add_eos_token", frame.After.Count > 0);
        if (ends.Length > _endKeys.Length)
        {
            yield return $"GGUF has keys for {_endKeys.Length} tokens that end a text. llama.cpp may not stop at the others: " +
                $"{string.Join(", ", ends[_endKeys.Length..].Select(id => $"'{Tokenizer.TokenText(id)}' ({id})"))}.";
        }

        void Add(string name, int? id)
        {
            if (id is { } known)
                _metadata.Add($"tokenizer.ggml.{name}_token_id", (uint)known);
        }

        int? Framed(IReadOnlyList<int> ids, string where) => ids.Count > 1
            ? throw new ModelException(
                $"GGUF cannot hold this tokenizer: it adds {string.Join(" ", ids.Select(Tokenizer.TokenText))} {where} a text, " +
                "but llama.cpp adds at most one token.")
            : ids.Count == 0 ? null : ids[0];
    }

    private void WriteTemplates()
    {
        const string Key = "tokenizer.chat_template";
        if (_saved.Templates.TryGetValue(SavedTokenizer.DefaultTemplate, out string? standard))
            _metadata.Add(Key, standard);
        string[] others = [.. _saved.Templates.Keys.Where(name => name != SavedTokenizer.DefaultTemplate)];
        foreach (string name in others)
            _metadata.Add($"{Key}.{name}", _saved.Templates[name]);
        if (others.Length > 0)
            _metadata.Add("tokenizer.chat_templates", others);
    }
}
