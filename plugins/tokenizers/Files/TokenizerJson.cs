using System.Text.Json;
using Tenon.Tokenizers.Decoders;
using Tenon.Tokenizers.Models;
using Tenon.Tokenizers.Normalizers;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.Files;

/// <summary>
/// Reads <c>tokenizer.json</c>, the file of the Hugging Face tokenizers library. Settings that would lead to different ids
/// than that library are errors, never ignored.
/// </summary>
internal static class TokenizerJson
{
    /// <summary>Builds the tokenizer of a folder's files.</summary>
    /// <param name="folder">Used in messages.</param>
    /// <param name="files">Contain <c>tokenizer.json</c>; the other files define special tokens.</param>
    /// <exception cref="DataException">A file is malformed or of an unsupported kind.</exception>
    public static PipelineTokenizer Read(string folder, TokenizerFiles files)
    {
        var file = files.Json(folder, HuggingFaceReader.TokenizerFile)!.Value;
        var config = files.Json(folder, SpecialTokenNames.ConfigFile);
        var model = file.Required("model");
        // Old files omit the type, but only BPE files have merges.
        var type = model.Child("type")?.AsText() ?? (model.Child("merges") is null ? "WordPiece" : "BPE");
        var (preTokenizer, bytes) = PreTokenizerReader.Read(file);
        var normalizer = NormalizerReader.Read(file, config);
        var vocabulary = ReadVocabulary(folder, file, model, type, files);
        var frames = PostProcessorReader.Read(file, vocabulary);
        return new PipelineTokenizer(
            vocabulary,
            new PipelineTokenizer.Stages(
                normalizer,
                preTokenizer,
                type switch
                {
                    "BPE" => ReadPairs(model, vocabulary, bytes),
                    "WordPiece" => ReadWordPieces(model, vocabulary),
                    "Unigram" => ReadUnigram(model, vocabulary),
                    _ => throw Unsupported(model, type),
                },
                BeginAndEnd.Of(config, frames, vocabulary.Special) ?? frames,
                DecoderReader.Read(file)),
            files);
    }

    private static DataException Unsupported(JsonSection model, string type) =>
        model.Error($"is of type '{type}'; supported: BPE, Unigram and WordPiece");

    private static SubwordModel ReadPairs(JsonSection model, Vocabulary vocabulary, bool bytes)
    {
        foreach (var name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (model.Child(name) is { } affix && affix.AsText().Length > 0)
                throw affix.Error($"is '{affix.AsText()}'; supported: vocabularies without one");
        }

        if (model.Child("dropout") is { Value: var dropout } section
            && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
            throw section.Error("is set; encoding here is deterministic, so only null is supported");
        var merges = new BytePair.Merges(model.File, vocabulary, model.Required("merges").Items().Select(ReadMerge));
        var ignores = model.Flag("ignore_merges", missing: false);
        if (bytes)
            return merges.ByteLevel(ignores);
        return new CharacterPairs(vocabulary, merges.Table, new CharacterPairOptions(
            Unknown(model, vocabulary), model.Flag("fuse_unk", missing: false), model.Flag("byte_fallback", missing: false), ignores));
    }

    private static (string Left, string Right) ReadMerge(JsonSection merge)
    {
        // "a b" in older files, ["a", "b"] in newer ones.
        string[] parts =
            merge.Value.ValueKind == JsonValueKind.Array ? [.. merge.Items().Select(part => part.AsText())] : merge.AsText().Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw merge.Error($"has {parts.Length} parts; a merge has two");
    }

    private static WordPieces ReadWordPieces(JsonSection model, Vocabulary vocabulary) => new(
        vocabulary,
        Unknown(model, vocabulary) ?? throw model.Error("has no unk_token"),
        model.Child("continuing_subword_prefix")?.AsText() ?? "##",
        model.Child("max_input_chars_per_word")?.AsId() ?? 100);

    private static Unigram ReadUnigram(JsonSection model, Vocabulary vocabulary)
    {
        double[] scores = [.. model.Required("vocab").Items().Select(entry => entry.Items().ElementAt(1).AsNumber())];
        var unknown = model.Required("unk_id");
        return unknown.AsId() < scores.Length
            ? new Unigram(
                [.. vocabulary.Tokens.Take(scores.Length).Select((token, id) => vocabulary.AddedAt(id) is { Special: true } ? "" : token)],
                scores, unknown.AsId(), model.Flag("byte_fallback", missing: false) ? vocabulary.Bytes : null)
            : throw unknown.Error($"is {unknown.AsId()}, but the vocabulary has the ids 0 to {scores.Length - 1}");
    }

    private static int? Unknown(JsonSection model, Vocabulary vocabulary) => model.Child("unk_token") is not { } token
        ? null
        : vocabulary.Id(token.AsText()) ?? throw model.Error($"has the unk_token '{token.AsText()}', which its vocabulary does not have");

    private static Vocabulary ReadVocabulary(string folder, JsonSection file, JsonSection model, string type, TokenizerFiles files)
    {
        var added = file.Child("added_tokens")?.Items().Select(token => ReadAdded(token, token.Required("id").AsId())).ToList() ?? [];
        var vocab = model.Required("vocab");
        var entries = type switch
        {
            "Unigram" => vocab.Items().Select((entry, id) => (ReadPiece(entry), id)),
            "BPE" or "WordPiece" => vocab.Children().Select(entry => (entry.Name, entry.Section.AsId())),
            _ => throw Unsupported(model, type),
        };
        var known = entries.ToList();
        var tokens = HuggingFaceReader.InOrder(file.File, known.Concat(added.Select(token => (token.Content, token.Id))));
        var beyond = added.Select(token => token.Id).ToHashSet();
        foreach (var (_, id) in known)
            beyond.Remove(id);
        return SpecialTokenNames.Complete(folder, files, tokens, added, beyond);
    }

    // ["▁the", -3.2]
    private static string ReadPiece(JsonSection entry)
    {
        JsonSection[] parts = [.. entry.Items()];
        return parts.Length == 2 ? parts[0].AsText() : throw entry.Error("is not a token and its score");
    }

    /// <summary>Reads an entry of <c>added_tokens</c> or <c>added_tokens_decoder</c>.</summary>
    /// <param name="token">The entry.</param>
    /// <param name="id">Its id.</param>
    public static AddedToken ReadAdded(JsonSection token, int id)
    {
        var content = token.Required("content").AsText();
        if (content.Length == 0)
            throw token.Error("is empty; an added token needs at least one character");
        var special = token.Flag("special", missing: false);
        return new AddedToken(
            id, content, special, token.Flag("lstrip", missing: false), token.Flag("rstrip", missing: false),
            token.Flag("single_word", missing: false), token.Flag("normalized", missing: !special));
    }
}
