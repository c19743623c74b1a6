using System.Text;
using System.Xml;

namespace Tenon.Text.SdkDocs;

/// <summary>The texts in one member's documentation, in reading order.</summary>
/// <param name="Id">The documentation id.</param>
/// <param name="Texts">Each text with its heading.</param>
internal sealed record DocumentedMember(string Id, IReadOnlyList<MemberText> Texts);

/// <summary>A text and its heading: the parameter's name or <c>Returns</c>; empty for the summary.</summary>
internal readonly record struct MemberText(string Heading, string Text);

/// <summary>
/// Reads documentation files (ECMA-334, annex D) as English text, without markup and with references replaced by names.
/// </summary>
internal static class DocumentationReader
{
    // Shorter texts are meaningless: "The value."
    private const int MinWords = 3;

    /// <summary>Reads the members of a file with at least one text, in the file's order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="marked">Whether references to code are marked with <see cref="ReferenceMarks"/>.</param>
    /// <exception cref="DataException">The file is not well-formed.</exception>
    public static List<DocumentedMember> Read(string file, bool marked = false)
    {
        try
        {
            var members = new List<DocumentedMember>();
            using var reader =
                XmlReader.Create(file, new XmlReaderSettings { IgnoreComments = true, DtdProcessing = DtdProcessing.Prohibit });
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.Element && reader.Name == "member" && reader.GetAttribute("name") is { } id
                    && !reader.IsEmptyElement)
                {
                    List<MemberText> texts = ReadMember(reader, marked);
                    if (texts.Count > 0)
                        members.Add(new DocumentedMember(id, texts));
                }
            }

            return members;
        }
        catch (XmlException e)
        {
            throw new DataException(
                $"'{file}' is not a well-formed documentation file: {e.Message} Repair the SDK, or set 'fallback' to 'always'.", e);
        }
    }

    private static List<MemberText> ReadMember(XmlReader reader, bool marked)
    {
        var texts = new List<MemberText>();
        int depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element || reader.IsEmptyElement)
                continue;
            string? heading = reader.Name switch
            {
                "summary" or "remarks" => "",
                "param" or "typeparam" => reader.GetAttribute("name") ?? "",
                "returns" => "Returns",
                "value" => "Value",
                "exception" => reader.GetAttribute("cref") is { } cref ? MemberNames.Readable(cref) : "",
                _ => null,
            };
            var text = new StringBuilder();
            ReadContent(reader, text, marked);
            string line = Fold(text);
            if (heading is not null && IsEnglish(marked ? ReferenceMarks.Remove(line) : line))
                texts.Add(new MemberText(heading, line));
        }

        return texts;
    }

    // Leaves the reader at the end of its current element.
    private static void ReadContent(XmlReader reader, StringBuilder text, bool marked)
    {
        if (reader.IsEmptyElement)
            return;
        int depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
                text.Append(reader.Value);
            else if (reader.NodeType == XmlNodeType.Element)
                ReadInline(reader, text, marked);
        }
    }

    private static void ReadInline(XmlReader reader, StringBuilder text, bool marked)
    {
        string element = reader.Name;
        string? kind = marked ? ReferenceMarks.Kind(reader) : null;
        string? name = element switch
        {
            "see" or "seealso" => reader.GetAttribute("langword") ?? Reference(reader.GetAttribute("cref")) ?? reader.GetAttribute("href"),
            "xref" => Reference("M:" + reader.GetAttribute("uid")),
            "paramref" or "typeparamref" => reader.GetAttribute("name"),
            _ => null,
        };
        bool breaks = element is "para" or "p" or "br" or "item" or "term" or "description" or "li" or "list" or "table";
        if (breaks)
            text.Append(' ');
        int start = text.Length;
        ReadContent(reader, text, marked);

        // A code listing is not English, but a single word formatted as code is.
        if (element == "code"
            && (text.Length - start > 60 || text.ToString(start, text.Length - start).Contains('\n', StringComparison.Ordinal)))
            text.Length = start;
        if (text.Length == start && name is not null)
            text.Append(name);
        if (kind is not null && text.Length > start)
            ReferenceMarks.Put(text, start, kind);
        if (element == "term" && text.Length > start)
            text.Append(':');
        if (breaks)
            text.Append(' ');
    }

    private static string? Reference(string? cref) => string.IsNullOrEmpty(cref) ? null : MemberNames.Readable(cref);

    private static string Fold(StringBuilder text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (ReadOnlyMemory<char> chunk in text.GetChunks())
        {
            foreach (char c in chunk.Span)
            {
                if (!char.IsWhiteSpace(c))
                    folded.Append(c);
                else if (folded.Length > 0 && folded[^1] != ' ')
                    folded.Append(' ');
            }
        }

        if (folded.Length > 0 && folded[^1] == ' ')
            folded.Length--;
        return folded.ToString();
    }

    // Documentation of hardware intrinsics is C signatures and assembly, with few letters and many underscores.
    private static bool IsEnglish(string text)
    {
        int spaces = 0;
        int others = 0;
        foreach (char c in text)
        {
            if (c == '_')
                return false;
            if (c == ' ')
                spaces++;
            else if (!char.IsLetter(c))
                others++;
        }

        return spaces + 1 >= MinWords && others * 5 <= text.Length;
    }
}
