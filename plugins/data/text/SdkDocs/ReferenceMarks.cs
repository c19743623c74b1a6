using System.Text;
using System.Xml;
using Tenon.Text.Tagged;

namespace Tenon.Text.SdkDocs;

/// <summary>Marks inside a text that say which words refer to code, and to what kind of it.</summary>
internal static class ReferenceMarks
{
    /// <summary>Tag of a word that refers to nothing.</summary>
    public const string None = "O";

    // Put around a reference, the first with the kind's number behind it. XML 1.0 allows no text to contain them.
    private const char Start = '\u0001';
    private const char End = '\u0002';
    private static readonly string[] Kinds = ["type", "member", "parameter", "code"];

    /// <summary>All tags, in the order of their numbers: a reference of several words begins with <c>B-</c> and goes on with <c>I-</c>.</summary>
    public static string[] Tags { get; } = [None, .. Kinds.Select(kind => $"B-{kind}"), .. Kinds.Select(kind => $"I-{kind}")];

    /// <summary>The kind of reference that an element is, or null.</summary>
    /// <param name="reader">Stands on the element.</param>
    public static string? Kind(XmlReader reader) => reader.Name switch
    {
        "see" or "seealso" when reader.GetAttribute("langword") is not null => "code",
        "see" or "seealso" => reader.GetAttribute("cref") switch
        {
            null => null,
            ['T', ':', ..] => "type",
            ['M' or 'P' or 'F' or 'E' or 'O', ..] => "member",
            _ => null,
        },
        "xref" => "member",
        "paramref" or "typeparamref" => "parameter",
        "c" or "code" => "code",
        _ => null,
    };

    /// <summary>Marks the end of a text as a reference.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the reference starts.</param>
    /// <param name="kind">Its kind.</param>
    public static void Put(StringBuilder text, int start, string kind) =>
        text.Insert(start, $"{Start}{Array.IndexOf(Kinds, kind)}").Append(End);

    /// <summary>The text without marks.</summary>
    public static string Remove(string text) => string.Concat(Parts(text).Select(part => part.Text));

    /// <summary>
    /// The words of a text, which stand between spaces, and their tags: a word refers to code when a part of it does, as in
    /// <c>(String.Empty)</c>.
    /// </summary>
    public static TaggedSentence Sentence(string text)
    {
        List<string> words = [];
        List<string> tags = [];
        int before = -1;
        foreach (string marked in Spread(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            (string Text, int Kind)[] parts = [.. Parts(marked)];
            string word = string.Concat(parts.Select(part => part.Text));
            if (word.Length == 0)
                continue;
            int kind = parts.Select(part => part.Kind).FirstOrDefault(part => part >= 0, -1);
            bool continues = kind >= 0 && before == kind && marked[0] == End;
            words.Add(word);
            tags.Add(kind < 0 ? None : $"{(continues ? 'I' : 'B')}-{Kinds[kind]}");
            before = kind;
        }

        return new TaggedSentence(words, tags);
    }

    // A mark around several words becomes one around each; one that goes on starts with End.
    private static string Spread(string text)
    {
        var spread = new StringBuilder(text.Length);
        int kind = -1;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == Start)
                kind = text[i + 1] - '0';
            else if (text[i] == End)
                kind = -1;
            if (text[i] == ' ' && kind >= 0)
                spread.Append(End).Append(' ').Append(End).Append(Start).Append(kind);
            else
                spread.Append(text[i]);
        }

        return spread.ToString();
    }

    // Stretches of a text with the number of their kind, or -1. Marks are not nested: the outer one counts.
    private static IEnumerable<(string Text, int Kind)> Parts(string text)
    {
        int kind = -1;
        int from = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is not (Start or End))
                continue;
            if (i > from)
                yield return (text[from..i], kind);
            if (i == text.Length)
                break;
            kind = text[i] == Start ? text[++i] - '0' : -1;
            from = i + 1;
        }
    }
}
