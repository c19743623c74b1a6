using System.Text;
using System.Xml;
using Tenon.Text.Tagged;

namespace Tenon.Text.SdkDocs;

/// <summary>Marks in a text that identify words that refer to code, and the kind of reference.</summary>
internal static class ReferenceMarks
{
    /// <summary>Tag of a word that is not a reference.</summary>
    public const string None = "O";

    // Enclose a reference; the first is followed by the kind's index. XML 1.0 does not allow these characters in text.
    private const char Start = '\u0001';
    private const char End = '\u0002';
    private static readonly string[] Kinds = ["type", "member", "parameter", "code"];

    /// <summary>All tags by index: a reference of several words starts with <c>B-</c> and continues with <c>I-</c>.</summary>
    public static string[] Tags { get; } = [None, .. Kinds.Select(kind => $"B-{kind}"), .. Kinds.Select(kind => $"I-{kind}")];

    /// <summary>Returns the kind of reference of an element, or null.</summary>
    /// <param name="reader">Positioned on the element.</param>
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

    /// <summary>Returns the text without marks.</summary>
    public static string Remove(string text) => string.Concat(Parts(text).Select(part => part.Text));

    /// <summary>
    /// Returns the space-separated words of a text and their tags: a word refers to code if a part of it does, as in
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

    // A mark around several words becomes one around each; a continuation starts with End.
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

    // Spans of a text with the index of their kind, or -1. Marks are not nested: the outer one counts.
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
