using System.Globalization;
using System.Text;
using Tenon.Tokenizers.BytePair;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.SentencePiece;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Files;

/// <summary>
/// Opens the tokenizer of a Hugging Face folder: <c>tokenizer.json</c>, otherwise <c>source.spm</c>, <c>target.spm</c> and
/// <c>vocab.json</c> (Marian), <c>tokenizer.model</c> (Llama), <c>spiece.model</c> (T5), <c>vocab.json</c> with
/// <c>merges.txt</c> (GPT-2), or <c>vocab.txt</c> (BERT).
/// </summary>
internal static class HuggingFaceReader
{
    public const string TokenizerFile = "tokenizer.json";
    public const string VocabularyFile = "vocab.json";
    public const string MergesFile = "merges.txt";
    public const string WordPiecesFile = "vocab.txt";
    public const string SentencePieceFile = "tokenizer.model";
    public const string UnigramFile = "spiece.model";
    public const string SourceFile = "source.spm";
    public const string TargetFile = "target.spm";
    public const string AddedTokensFile = "added_tokens.json";

    /// <summary>Opens a folder's tokenizer.</summary>
    /// <exception cref="DataException">No tokenizer file exists, or one is malformed or of an unsupported kind.</exception>
    public static ITokenizer Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DataException($"{folder} is not a folder. Use the folder that contains {TokenizerFile}.");
        var files = TokenizerFiles.Of(folder);
        if (files.Find(TokenizerFile) is not null)
            return TokenizerJson.Read(folder, files);
        if (files.Find(SourceFile) is not null || files.Find(TargetFile) is not null)
            return MarianTokenizer.Open(folder, files);
        foreach (var name in new[] { SentencePieceFile, UnigramFile })
        {
            if (files.Find(name) is not null)
                return TokenizerJson.Read(folder, ModelConverter.Convert(folder, name, files));
        }

        if (files.Find(VocabularyFile) is not null)
            return ReadBytePairs(folder, files).ToTokenizer(Path.Combine(folder, VocabularyFile), files);
        if (files.Find(WordPiecesFile) is not null)
            return ReadWordPieces(folder, files).ToTokenizer(files);
        throw new DataException($"{folder} has no tokenizer: it contains none of {TokenizerFile}, {SentencePieceFile}, {UnigramFile}, " +
            $"{VocabularyFile} with {MergesFile}, {SourceFile} with {TargetFile} and {VocabularyFile}, {WordPiecesFile}.");
    }

    /// <summary>Orders spellings by id.</summary>
    /// <exception cref="DataException">An id is missing or used twice, or a spelling has two ids.</exception>
    public static string[] InOrder(string file, IEnumerable<(string Text, int Id)> entries)
    {
        var byId = new Dictionary<int, string>();
        var spellings = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (text, id) in entries)
        {
            if (byId.TryGetValue(id, out var other) && other != text)
                throw new DataException($"{file}: the id {id} is used by both '{other}' and '{text}'; each token needs its own id.");
            if (byId.TryAdd(id, text) && !spellings.Add(text))
                throw new DataException($"{file}: the token '{text}' has two ids, one of which is {id}; it needs exactly one.");
        }

        var tokens = new string[byId.Count];
        for (var id = 0; id < tokens.Length; id++)
        {
            tokens[id] = byId.TryGetValue(id, out var text)
                ? text
                : throw new DataException(
                    $"{file}: there are {tokens.Length} tokens up to id {byId.Keys.Max()}, but none has the id {id}; " +
                    "ids must start at 0 without gaps.");
        }

        return tokens;
    }

    private static BytePairModel ReadBytePairs(string folder, TokenizerFiles files)
    {
        var added = Added(folder, files).ToList();
        var tokens = InOrder(Path.Combine(folder, VocabularyFile), files.Json(folder, VocabularyFile)!.Value.Children()
            .Select(entry => (entry.Name, entry.Section.AsId())).Concat(added.Select(token => (token.Content, token.Id))));
        var merges = new List<(string, string)>();
        foreach (var line in Lines(folder, MergesFile, files))
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            var parts = line.Split(' ');
            if (parts.Length != 2)
                throw new DataException(
                    $"{Path.Combine(folder, MergesFile)}: '{line}' is not a merge; each line must have two tokens separated by one space.");
            merges.Add((parts[0], parts[1]));
        }

        var config = files.Json(folder, SpecialTokenNames.ConfigFile);
        var vocabulary = SpecialTokenNames.Complete(folder, files, tokens, added);
        return new BytePairModel(
            vocabulary, merges, config?.Flag("add_prefix_space", missing: false) ?? false,
            BeginAndEnd.Of(config, Frames.None, vocabulary.Special));
    }

    private static WordPieceModel ReadWordPieces(string folder, TokenizerFiles files)
    {
        var file = Path.Combine(folder, WordPiecesFile);
        string[] pieces = [.. Lines(folder, WordPiecesFile, files)];
        // Added tokens without a vocabulary would hide that the file was emptied.
        List<AddedToken> added = pieces.Length > 0 ? [.. Added(folder, files)] : [];
        var tokens = InOrder(file, pieces.Select((text, id) => (text, id)).Concat(added.Select(token => (token.Content, token.Id))));
        var vocabulary = SpecialTokenNames.Complete(folder, files, tokens, added);
        var config = files.Json(folder, SpecialTokenNames.ConfigFile);
        var lowercase = config?.Flag("do_lower_case", missing: true) ?? true;
        var rules = new BertRules(lowercase,
            config?.Flag("strip_accents", missing: lowercase) ?? lowercase,
            config?.Flag("tokenize_chinese_chars", missing: true) ?? true);
        return vocabulary.Special.Unknown is { } unknown
            ? new WordPieceModel(
                vocabulary, tokens[unknown], rules, CleanUp: config?.Flag("clean_up_tokenization_spaces", missing: true) ?? true)
            : throw new DataException($"{file} has no [UNK], the token for words that the vocabulary cannot spell. " +
                $"Add it, or set another unk_token in {SpecialTokenNames.ConfigFile}.");
    }

    // added_tokens_decoder has more details about a token than added_tokens.json, the older format.
    private static IEnumerable<AddedToken> Added(string folder, TokenizerFiles files)
    {
        var seen = new HashSet<int>();
        foreach (var (id, section) in files.Json(folder, SpecialTokenNames.ConfigFile)?.Child("added_tokens_decoder")?.Children() ?? [])
        {
            if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw section.Error("is not named after an id");
            seen.Add(number);
            yield return TokenizerJson.ReadAdded(section, number);
        }

        foreach (var (content, section) in files.Json(folder, AddedTokensFile)?.Children() ?? [])
        {
            if (seen.Add(section.AsId()))
                yield return content.Length > 0
                    ? new AddedToken(section.AsId(), content, Special: false)
                    : throw section.Error("is the id of an empty token");
        }
    }

    private static List<string> Lines(string folder, string name, TokenizerFiles files)
    {
        var file = Path.Combine(folder, name);
        var content = files.Find(name) ?? throw new DataException($"{file} does not exist, but the vocabulary next to it needs it.");
        try
        {
            // Not File.ReadLines, which also splits at a lone carriage return, because that may be a token.
            var lines = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content).Split('\n')
                .Select(line => line.TrimEnd('\r')).ToList();
            if (lines[^1].Length == 0)
                lines.RemoveAt(lines.Count - 1);
            return lines;
        }
        catch (DecoderFallbackException e)
        {
            throw new DataException($"{file} is not valid UTF-8. Download or save it again.", e);
        }
    }
}
