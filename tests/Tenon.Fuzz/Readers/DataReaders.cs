using System.IO.Compression;
using System.Text;
using Tenon.Cli.Commands.Files;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Fuzz.Readers;

/// <summary>Data files with texts, through the data components, and the input files of commands.</summary>
internal static class DataReaders
{
    private const int MostExamples = 200;

    private static readonly string[] _tableWords =
    [
        "text", "label", "prompt", "answer", "chosen", "rejected", "first", "second", ",", ";", "\t", "|", "\"\"", "\",\"", "\"\n\"",
        "\r", "sep=;\n", "\0", "NA", "#N/A", "=1+1", "'",
    ];

    private static readonly string[] _lineWords =
    [
        "text", "label", "prompt", "response", "chosen", "rejected", "messages", "role", "content", "user", "assistant", "system",
        "conversations", "from", "value", "human", "gpt", "instruction", "input", "output", "tokens", "tags", "B-PER", "I-PER", "O",
        "answer", "tools",
    ];

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return Data(workplace, "text", InputFormat.Text, "text-files", "text.txt", ["\n\n", "\r\n"],
            "The cat sees the dog.\n\nA bird.\nAnd a fish.\n");
        yield return Data(workplace, "text-lines", InputFormat.JsonLines, "text-files", "text.jsonl", _lineWords,
            """
            {"text": "The cat sees the dog."}
            {"text": "A bird.", "id": 2}
            """);
        yield return Of(workplace, "compressed-text", InputFormat.Binary, "text-files", "text.txt.gz", [],
            () => [new Seed("text.txt.gz", Compressed("The cat sees the dog.\n\nA bird.\n")), .. Workplace.Files("hostile/gz")]);
        yield return Data(workplace, "csv", InputFormat.Text, "labelled-text", "table.csv", _tableWords,
            "text,label\n\"The cat, \"\"it\"\" sees\nthe dog.\",animal\nA table.,thing\n");
        yield return Data(workplace, "tsv", InputFormat.Text, "labelled-text", "table.tsv", _tableWords,
            "text\tlabel\nThe cat.\tanimal\nA table.\tthing\n");
        yield return Data(workplace, "labelled-lines", InputFormat.JsonLines, "labelled-text", "table.jsonl", _lineWords,
            """
            {"text": "The cat.", "label": "animal"}
            {"text": "A table.", "label": 1}
            """);
        yield return Data(workplace, "prompts", InputFormat.JsonLines, "prompts", "prompts.jsonl", _lineWords,
            """
            {"prompt": "1+1=", "answer": "2"}
            {"prompt": "1+2=", "answer": 3}
            """);
        yield return Data(workplace, "preferences", InputFormat.JsonLines, "preferences", "pairs.jsonl", _lineWords,
            """
            {"prompt": "Who?", "chosen": "I.", "rejected": "You."}
            {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
            """);
        yield return Data(workplace, "chats", InputFormat.JsonLines, "chat", "chats.jsonl", _lineWords,
            """
            {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "I."}]}
            {"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "I."}], "system": "Be brief."}
            {"instruction": "Say a.", "input": "", "output": "a"}
            {"prompt": "Who?", "response": "I."}
            """);
        yield return Data(workplace, "tagged-words", InputFormat.Text, "tagged-text", "words.conll",
            [" ", "\t", "-DOCSTART-", "B-PER", "I-LOC", "O", "\n\n"],
            "Anna B-PER\nsees O\nParis B-LOC\n\nA O\ndog O\n\n");
        yield return Data(workplace, "tagged-lines", InputFormat.JsonLines, "tagged-text", "words.jsonl", _lineWords,
            """
            {"tokens": ["Anna", "sees"], "tags": ["B-PER", "O"]}
            {"tokens": ["A", "dog"], "tags": ["O", "O"]}
            """);
        foreach ((string name, InputFormat format, string content) in new[]
        {
            ("input.csv", InputFormat.Text, "text,other\n\"a, b\",1\nc,2\n"), ("input.tsv", InputFormat.Text, "text\tother\na\t1\n"),
            ("input.jsonl", InputFormat.JsonLines, "{\"text\": \"a\"}\n{\"text\": \"b\"}\n"), ("input.txt", InputFormat.Text, "a\nb\n"),
        })
        {
            yield return new Reader(name.Replace('.', '-'), format, [typeof(OptionsException), typeof(DataException)],
                () => [new Seed(name, Encoding.UTF8.GetBytes(content))], (_, input) => new InputFile(null, "text", _ => { })
                    .Read(Workplace.Write(workplace.Folder("inputs"), name, input)))
            {
                Words = [.. _tableWords, .. _lineWords],
            };
        }
    }

    /// <summary>Returns the reader of a file of a data component.</summary>
    /// <param name="workplace">Where the file is written.</param>
    /// <param name="name">Name of the reader.</param>
    /// <param name="format">Format of the file.</param>
    /// <param name="component">Name of the component.</param>
    /// <param name="file">Relative path of the file.</param>
    /// <param name="words">Words of the format.</param>
    /// <param name="seeds">Contents of the file.</param>
    /// <param name="options">Options of the component; null for <c>files</c> with the file.</param>
    /// <param name="further">Exceptions that are documented in addition to <see cref="DataException"/>.</param>
    public static Reader Of(
        Workplace workplace, string name, InputFormat format, string component, string file, IReadOnlyList<string> words,
        Func<IReadOnlyList<Seed>> seeds, IReadOnlyDictionary<string, string?>? options = null, params Type[] further) =>
        new(name, format, [typeof(DataException), .. further], seeds, (_, content) =>
        {
            string folder = workplace.Folder(Path.Combine("data", name));
            Workplace.Write(folder, file, content);
            Read(workplace, component, folder, options ?? new Dictionary<string, string?> { ["files:0"] = file });
        })
        {
            Words = words,
        };

    private static Reader Data(
        Workplace workplace, string name, InputFormat format, string component, string file, string[] words, string content) =>
        Of(workplace, name, format, component, file, words, () => [new Seed(file, Encoding.UTF8.GetBytes(content))]);

    // As a run reads data: what cannot be used is rejected, and every example is fetched.
    private static void Read(Workplace workplace, string component, string folder, IReadOnlyDictionary<string, string?> options) =>
        workplace.Host.Contained(() =>
        {
            Chosen<IData> data = workplace.Make<IData>(ComponentKind.Data, component, options);
            using IDataset dataset = data.Component.Open(
                data.Options, new DataContext(folder, new SeededRandom(1), _ => { }) { OnRejected = _ => { } });
            foreach (IExamples<Example> examples in new[] { dataset.Train, dataset.Validation }.OfType<IExamples<Example>>())
            {
                for (long i = 0; i < Math.Min(examples.Count, MostExamples); i++)
                    _ = examples[i].Texts.Sum(text => text.Length);
            }

            return dataset.Facts.Summary;
        });

    private static byte[] Compressed(string text)
    {
        using var written = new MemoryStream();
        using (var gzip = new GZipStream(written, CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return written.ToArray();
    }
}
