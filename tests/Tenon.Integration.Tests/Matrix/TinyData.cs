using System.Text;
using System.Text.Json.Nodes;
using SkiaSharp;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>A few examples of each kind that a model may learn from, in a folder, and the recipe's sections that read them.</summary>
internal sealed class TinyData
{
    /// <summary>Height and width of the images.</summary>
    public const int ImageSize = 8;

    private static readonly string[] Nouns = ["cat", "dog", "bird", "fish"];
    private static readonly string[] Verbs = ["sees", "likes", "hears"];
    private readonly string _folder;

    // By the type of the examples; what a cell learns from is the first of these that fits it.
    private static readonly (Type Example, JsonObject Section)[] Sections =
    [
        (typeof(TextExample), new() { ["use"] = "text-files", ["files"] = new JsonArray("text.txt"), ["documents"] = "line" }),
        (typeof(LabelledTextExample), new() { ["use"] = "labelled-text", ["files"] = new JsonArray("labelled.tsv") }),
        (typeof(TextPairExample), new() { ["use"] = "text-pairs", ["files"] = new JsonArray("pairs.tsv"), ["label"] = "label" }),
        (typeof(ChatExample), new() { ["use"] = "chat", ["files"] = new JsonArray("chats.jsonl"), ["template"] = "chat.jinja" }),
        (typeof(PromptExample), new() { ["use"] = "sentence-starts", ["files"] = new JsonArray("text.txt"), ["words"] = 2 }),
        (typeof(PreferenceExample), new() { ["use"] = "preferences", ["files"] = new JsonArray("preferences.tsv") }),
        (typeof(TokenLabelledExample), new() { ["use"] = "tagged-text", ["files"] = new JsonArray("tagged.conll") }),
        (typeof(QuestionAnswerExample), new() { ["use"] = "squad", ["files"] = new JsonArray("questions.json") }),
        (typeof(ImageExample), new() { ["use"] = "image-folders", ["path"] = "images" }),
    ];

    /// <summary>Writes the files.</summary>
    public TinyData(string folder)
    {
        _folder = folder;
        var random = new SeededRandom(7);
        string Sentence() =>
            $"the {Nouns[random.Next(Nouns.Length)]} {Verbs[random.Next(Verbs.Length)]} the {Nouns[random.Next(Nouns.Length)]}.";
        string[] sentences = [.. Enumerable.Range(0, 120).Select(_ => Sentence())];
        string Label(string text) => text.Contains("dog", StringComparison.Ordinal) ? "dogs" : "others";
        Write("text.txt", sentences);
        Write("labelled.tsv", ["text\tlabel", .. sentences.Select(text => $"{text}\t{Label(text)}")]);
        Write("pairs.tsv", ["first\tsecond\tlabel",
            .. sentences.Zip(sentences.Skip(1), (first, second) => $"{first}\t{second}\t{Label(second)}")]);
        Write("chats.jsonl", Enumerable.Range(0, 120)
            .Select(i => new JsonObject { ["prompt"] = Nouns[i % Nouns.Length], ["response"] = Verbs[i % Verbs.Length] }.ToJsonString()));
        Write("chat.jinja",
            ["{% for message in messages %}{{ message.content ~ (eos_token if message.role == 'assistant' else ' ') }}{% endfor %}"]);
        Write("preferences.tsv",
            ["prompt\tchosen\trejected", .. Enumerable.Range(0, 40).Select(i => $"the {Nouns[i % Nouns.Length]}\t sees\t hears")]);
        Write("tagged.conll", sentences.SelectMany(text => text.TrimEnd('.').Split(' ')
            .Select(word => $"{word}\t{(Nouns.Contains(word) ? "B-animal" : "O")}").Append("")));
        Write("questions.json", [Questions(sentences).ToJsonString()]);
        Write("tokenizer/vocab.txt", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", ".", .. Nouns, .. Verbs]);
        for (int i = 0; i < 24; i++)
            WriteImage(i % 2 == 0 ? "left" : "right", i, random);
    }

    /// <summary>The kinds of example that there are data of.</summary>
    public static IEnumerable<string> Kinds => Sections.Select(entry => entry.Example.FullName!);

    /// <summary>Whether examples of a kind have classes here.</summary>
    public static bool HasClasses(string kind) =>
        Section(kind)["use"]!.GetValue<string>() is "labelled-text" or "text-pairs" or "tagged-text" or "image-folders";

    /// <summary>The recipe's section for a kind of example.</summary>
    public static JsonObject Section(string kind) => Sections.First(entry => entry.Example.FullName == kind).Section.DeepClone().AsObject();

    /// <summary>The recipe's section of the tokenizer, or null when the model takes none.</summary>
    public static JsonObject? Tokenizer(ComponentInfo architecture, bool needed) => !needed ? null
        : architecture.Capabilities.Contains("Tenon." + nameof(IMaskedLanguageModel))
            ? new() { ["use"] = "huggingface", ["path"] = "tokenizer" }
            : new() { ["use"] = "bytes" };

    /// <summary>An image's file.</summary>
    public string Image => Path.Combine(_folder, "images", "left", "0.png");

    // Who does it, in SQuAD's format.
    private static JsonObject Questions(string[] sentences) => new()
    {
        ["data"] = new JsonArray(new JsonObject
        {
            ["paragraphs"] = new JsonArray([.. sentences.Index().Select(sentence => new JsonObject
            {
                ["context"] = sentence.Item,
                ["qas"] = new JsonArray(new JsonObject
                {
                    ["id"] = $"{sentence.Index}",
                    ["question"] = $"the {sentence.Item.Split(' ')[2]} the",
                    ["answers"] = new JsonArray(new JsonObject { ["text"] = sentence.Item.Split(' ')[1], ["answer_start"] = 4 }),
                }),
            })]),
        }),
    };

    private void Write(string name, IEnumerable<string> lines)
    {
        string file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllLines(file, lines, new UTF8Encoding(false));
    }

    // Bright on the side that the class is called after.
    private void WriteImage(string label, int number, SeededRandom random)
    {
        using var bitmap = new SKBitmap(ImageSize, ImageSize, SKColorType.Gray8, SKAlphaType.Opaque);
        for (int y = 0; y < ImageSize; y++)
        {
            for (int x = 0; x < ImageSize; x++)
            {
                byte gray = (byte)(random.Next(80) + (x < ImageSize / 2 == (label == "left") ? 160 : 0));
                bitmap.SetPixel(x, y, new SKColor(gray, gray, gray));
            }
        }

        string file = Path.Combine(_folder, "images", label, $"{number}.png");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, png.ToArray());
    }
}
