using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tenon.Tokenizers.Chat;

namespace Tenon.Tokenizers.Files;

/// <summary>The files of a tokenizer, as <c>save_pretrained</c> writes them. Opened files are saved unchanged.</summary>
internal sealed class TokenizerFiles
{
    // In the order in which a folder is searched.
    private static readonly string[] Names =
    [
        HuggingFaceReader.TokenizerFile, HuggingFaceReader.VocabularyFile, HuggingFaceReader.MergesFile, HuggingFaceReader.WordPiecesFile,
        HuggingFaceReader.SentencePieceFile, HuggingFaceReader.UnigramFile, HuggingFaceReader.SourceFile, HuggingFaceReader.TargetFile,
        "target_vocab.json", HuggingFaceReader.AddedTokensFile, SpecialTokenNames.ConfigFile, SpecialTokenNames.MapFile,
        ChatTemplateFiles.TemplateFile,
    ];

    // These keys change the ids of a text.
    private static readonly string[] Rules = ["do_lower_case", "strip_accents", "tokenize_chinese_chars"];

    private readonly Lazy<IReadOnlyDictionary<string, byte[]>> _files;
    private string? _fingerprint;

    /// <summary>Files that are created on demand.</summary>
    public TokenizerFiles(Func<IReadOnlyDictionary<string, byte[]>> make) => _files = new Lazy<IReadOnlyDictionary<string, byte[]>>(make);

    private TokenizerFiles(IReadOnlyDictionary<string, byte[]> files) => _files = new Lazy<IReadOnlyDictionary<string, byte[]>>(files);

    /// <summary>Reads a folder's files.</summary>
    /// <exception cref="DataException">A file cannot be read.</exception>
    public static TokenizerFiles Of(string folder)
    {
        try
        {
            return new TokenizerFiles(Names.Select(name => (name, Path: Path.Combine(folder, name))).Where(file => File.Exists(file.Path))
                .ToDictionary(file => file.name, file => Content(file.Path), StringComparer.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: a file of the tokenizer cannot be read: {e.Message}", e);
        }
    }

    /// <summary>These files, and those of <paramref name="missing"/> with other names.</summary>
    public TokenizerFiles Or(Func<IReadOnlyDictionary<string, byte[]>> missing) => new(() =>
    {
        var all = new Dictionary<string, byte[]>(_files.Value, StringComparer.Ordinal);
        foreach (var (name, content) in missing())
            all.TryAdd(name, content);
        return all;
    });

    /// <summary>Returns a changed copy of these files.</summary>
    public TokenizerFiles Replace(Action<Dictionary<string, byte[]>> change) => new(() =>
    {
        var all = new Dictionary<string, byte[]>(_files.Value, StringComparer.Ordinal);
        change(all);
        return all;
    });

    /// <summary>The root object of a JSON file; null if the file does not exist.</summary>
    /// <param name="folder">Used in messages.</param>
    /// <param name="name">The file's name.</param>
    /// <exception cref="DataException">The file is malformed.</exception>
    public JsonSection? Json(string folder, string name) =>
        _files.Value.TryGetValue(name, out var content) ? JsonSection.Parse(Path.Combine(folder, name), content) : null;

    /// <summary>The content of a file; null if the file does not exist.</summary>
    public byte[]? Find(string name) => _files.Value.GetValueOrDefault(name);

    /// <summary>Writes the files.</summary>
    public void Save(string folder)
    {
        foreach (var (name, content) in _files.Value)
            File.WriteAllBytes(Path.Combine(folder, name), content);
    }

    /// <summary>Identifies vocabulary and rules regardless of the layout of the JSON.</summary>
    /// <param name="special">The roles of special tokens.</param>
    public string Fingerprint(SpecialTokens special) => _fingerprint ??= Hash(special);

    private string Hash(SpecialTokens special)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (_files.Value.TryGetValue(HuggingFaceReader.TokenizerFile, out var tokenizer))
        {
            hash.AppendData(Canonical(tokenizer));
            if (Json("", SpecialTokenNames.ConfigFile) is { } config)
                hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', Rules.Select(name => config.Child(name)?.Value.GetRawText()))));
        }
        else
        {
            foreach (var (name, content) in _files.Value.OrderBy(file => file.Key, StringComparer.Ordinal)
                .Where(file => file.Key is not (SpecialTokenNames.ConfigFile or ChatTemplateFiles.TemplateFile)))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(name));
                hash.AppendData(content);
            }
        }

        hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', SpecialTokenNames.Present(special))));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Content(string path) => GitLfsPointer.IsAt(path)
        ? throw new DataException($"{path} {GitLfsPointer.Advice}.")
        : File.ReadAllBytes(path);

    private static byte[] Canonical(byte[] json)
    {
        using var stream = new MemoryStream(json.Length);
        using (var writer = new Utf8JsonWriter(stream))
            JsonSection.Parse(HuggingFaceReader.TokenizerFile, json).Value.WriteTo(writer);
        return stream.ToArray();
    }
}
