using System.Text;
using Tenon.Text.Files;

namespace Tenon.Text.Tagged;

/// <summary>
/// Reads sentences with a tag for each word: one word per line (Tjong Kim Sang and De Meulder 2003), or JSON Lines.
/// </summary>
/// <param name="options">Fields and column.</param>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives lines that cannot be used; their sentences are skipped.</param>
internal sealed class TaggedTextReader(TaggedTextOptions options, InflatedFiles inflated, Action<DataException> reject)
{
    // Separates documents in the shared task's files.
    private const string DocumentStart = "-DOCSTART-";
    private static readonly string[] JsonExtensions = [".jsonl", ".ndjson"];

    /// <summary>Extensions of supported files.</summary>
    public static readonly string[] Extensions = [".conll", ".iob", ".bio", ".tsv", ".txt", .. JsonExtensions];

    /// <summary>Reads the sentences of a file in order.</summary>
    /// <exception cref="DataException">The file has another extension or is malformed.</exception>
    public List<TaggedSentence> Read(string file)
    {
        string extension = FileSelection.Extension(file);
        if (!Extensions.Contains(extension, StringComparer.Ordinal))
            throw new DataException(
                $"{file}: unknown extension '{extension}'. Rename the file to end in {string.Join(", ", Extensions)}, optionally " +
                "followed by .gz.");
        string content = inflated.Content(file);
        return JsonExtensions.Contains(extension, StringComparer.Ordinal) ? ReadJson(content, file) : ReadLines(content, file);
    }

    private List<TaggedSentence> ReadJson(string content, string file)
    {
        var words = new JsonField(options.Words);
        var tags = new JsonField(options.Tags, scalar: true);
        var sentences = new List<TaggedSentence>();
        using LineReader lines = LineReader.Open(content, file);
        while (lines.Read())
        {
            if (lines.IsBlank)
                continue;
            try
            {
                if (Sentence(lines.Bytes, $"{file}:{lines.Number}", words, tags) is { Words.Count: > 0 } sentence)
                    sentences.Add(sentence);
            }
            catch (DataException fault)
            {
                reject(fault);
            }
        }

        return sentences;
    }

    private TaggedSentence Sentence(ReadOnlySpan<byte> line, string location, JsonField words, JsonField tags)
    {
        var sentence = new TaggedSentence(words.ReadList(line, () => location), tags.ReadList(line, () => location), location);
        if (sentence.Words.Count != sentence.Tags.Count)
            throw new DataException(
                $"{location}: there are {sentence.Words.Count} words in '{options.Words}' but {sentence.Tags.Count} tags in " +
                $"'{options.Tags}'. Each word needs one tag.");
        return sentence.Words.Concat(sentence.Tags).Any(string.IsNullOrWhiteSpace)
            ? throw new DataException($"{location}: a word or a tag is empty. Remove the word and its tag.")
            : sentence;
    }

    private List<TaggedSentence> ReadLines(string content, string file)
    {
        var sentences = new List<TaggedSentence>();
        List<string> words = [];
        List<string> tags = [];
        long first = 0;
        bool isWrong = false;
        using LineReader lines = LineReader.Open(content, file);
        while (lines.Read())
        {
            if (lines.IsBlank)
            {
                End();
                continue;
            }

            if (words.Count == 0)
                first = lines.Number;
            string text = Encoding.UTF8.GetString(lines.Bytes);
            char delimiter = text.Contains('\t', StringComparison.Ordinal) ? '\t' : ' ';
            string[] columns = text.Split(delimiter, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            int column = options.Column ?? columns.Length;
            if (columns.Length < 2 || column > columns.Length)
            {
                isWrong = true;
                reject(new DataException(
                    $"{file}:{lines.Number}: the line has {columns.Length} {(columns.Length == 1 ? "column" : "columns")}; " +
                    $"{(options.Column is null ? "a word and its tag are required" : $"the tag is column {column}")}. " +
                    "Write each word on its own line, followed by a tab and its tag, with an empty line between sentences."));
                continue;
            }

            words.Add(columns[0]);
            tags.Add(columns[column - 1]);
        }

        End();
        return sentences;

        void End()
        {
            if (!isWrong && words is not [] and not [DocumentStart])
                sentences.Add(new TaggedSentence(words, tags, $"{file}:{first}"));
            words = [];
            tags = [];
            isWrong = false;
        }
    }
}
