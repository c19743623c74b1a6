using System.Text;
using Tenon.Tokenizers.BytePair;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers.Files;

/// <summary>
/// Opens the tokenizer of a Hugging Face folder: <c>tokenizer.json</c>, or else <c>vocab.json</c> with
/// <c>merges.txt</c> (GPT-2), or else <c>vocab.txt</c> (BERT).
/// </summary>
internal static class HuggingFaceReader
{
    public const string TokenizerFile = "tokenizer.json";
    public const string VocabularyFile = "vocab.json";
    public const string MergesFile = "merges.txt";
    public const string WordPiecesFile = "vocab.txt";

    /// <summary>Opens a folder's tokenizer.</summary>
    /// <exception cref="DataException">No tokenizer file exists, or one is malformed or of an unsupported kind.</exception>
    public static ITokenizer Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DataException($"{folder} is not a folder. Use the folder that contains {TokenizerFile}.");
        if (File.Exists(Path.Combine(folder, TokenizerFile)))
            return TokenizerJson.Read(folder);
        if (File.Exists(Path.Combine(folder, VocabularyFile)))
            return new ByteLevelTokenizer(ReadBytePairs(folder));
        if (File.Exists(Path.Combine(folder, WordPiecesFile)))
            return new BertTokenizer(ReadWordPieces(folder));
        throw new DataException($"{folder} has no tokenizer: it contains none of {TokenizerFile}, {VocabularyFile} with {MergesFile}, {WordPiecesFile}.");
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
                : throw new DataException($"{file}: there are {tokens.Length} tokens up to id {byId.Keys.Max()}, but none has the id {id}; " +
                    "ids must start at 0 without gaps.");
        }

        return tokens;
    }

    /// <summary>Validates a byte-pair vocabulary.</summary>
    /// <exception cref="DataException">A byte has no token, or a merge refers to a missing token.</exception>
    public static BytePairModel Checked(string file, BytePairModel model)
    {
        foreach (var value in ByteAlphabet.Order)
        {
            if (model.Vocabulary.Id(ByteAlphabet.Spell(value).ToString()) is null)
            {
                throw new DataException($"{file}: the byte 0x{value:X2} has no token ('{ByteAlphabet.Spell(value)}'). " +
                    "Only byte-level vocabularies, which have all 256, are supported.");
            }
        }

        for (var i = 0; i < model.Merges.Count; i++)
        {
            var (left, right) = model.Merges[i];
            foreach (var text in new[] { left, right, left + right })
            {
                if (model.Vocabulary.Id(text) is null)
                    throw new DataException($"{file}: merge {i} ('{left}' with '{right}') needs the token '{text}', which the vocabulary does not have.");
            }
        }

        return model;
    }

    private static BytePairModel ReadBytePairs(string folder)
    {
        var file = Path.Combine(folder, VocabularyFile);
        var added = Added(folder).ToList();
        var tokens = InOrder(file, JsonSection.Read(file).Children().Select(entry => (entry.Name, entry.Section.AsId()))
            .Concat(added.Select(token => (token.Content, token.Id))));
        var merges = new List<(string, string)>();
        foreach (var line in Lines(folder, MergesFile))
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            var parts = line.Split(' ');
            if (parts.Length != 2)
                throw new DataException($"{Path.Combine(folder, MergesFile)}: '{line}' is not a merge; each line must have two tokens separated by one space.");
            merges.Add((parts[0], parts[1]));
        }

        var config = SpecialTokenNames.Config(folder);
        var vocabulary = SpecialTokenNames.Complete(folder, tokens, added);
        var frames = BeginAndEnd.Of(config, Frames.None, vocabulary.Special);
        return Checked(file, new BytePairModel(
            vocabulary, merges, config?.Flag("add_prefix_space", missing: false) ?? false, frames?.ToTemplate(vocabulary), frames));
    }

    private static WordPieceModel ReadWordPieces(string folder)
    {
        var file = Path.Combine(folder, WordPiecesFile);
        var tokens = InOrder(file, Lines(folder, WordPiecesFile).Select((text, id) => (text, id)).Concat(Added(folder).Select(token => (token.Content, token.Id))));
        var vocabulary = SpecialTokenNames.Complete(folder, tokens, Added(folder));
        var config = SpecialTokenNames.Config(folder);
        var lowercase = config?.Flag("do_lower_case", missing: true) ?? true;
        var rules = new BertRules(lowercase,
            config?.Flag("strip_accents", missing: lowercase) ?? lowercase,
            config?.Flag("tokenize_chinese_chars", missing: true) ?? true);
        return vocabulary.Special.Unknown is { } unknown
            ? new WordPieceModel(vocabulary, tokens[unknown], rules, CleanUp: config?.Flag("clean_up_tokenization_spaces", missing: true) ?? true)
            : throw new DataException($"{file} has no [UNK], the token for words that the vocabulary cannot spell. " +
                $"Add it, or set another unk_token in {SpecialTokenNames.ConfigFile}.");
    }

    private static IEnumerable<AddedToken> Added(string folder)
    {
        var file = Path.Combine(folder, "added_tokens.json");
        return File.Exists(file)
            ? JsonSection.Read(file).Children().Select(entry => new AddedToken(entry.Section.AsId(), entry.Name, Special: false))
            : [];
    }

    private static List<string> Lines(string folder, string name)
    {
        var file = Path.Combine(folder, name);
        try
        {
            // Not File.ReadLines, which also splits at a lone carriage return, a possible token.
            var lines = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file)).Split('\n').Select(line => line.TrimEnd('\r')).ToList();
            if (lines[^1].Length == 0)
                lines.RemoveAt(lines.Count - 1);
            return lines;
        }
        catch (FileNotFoundException e)
        {
            throw new DataException($"{file} does not exist, but the vocabulary next to it needs it.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new DataException($"{file} is not valid UTF-8. Download or save it again.", e);
        }
    }
}
