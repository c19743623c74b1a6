using System.Text;

namespace Tenon.Text.SdkDocs;

/// <summary>
/// Turns documentation files into documents, one per type: its description, then those of its members. Overloads repeat each
/// other word for word, so only the first occurrence of each text is kept.
/// </summary>
internal static class SdkDocuments
{
    /// <summary>Reads the documents, in the order of files and types.</summary>
    /// <param name="files">The files, in reading order.</param>
    public static List<string> Read(IReadOnlyList<string> files)
    {
        var parsed = new List<DocumentedMember>[files.Count];
        Parallel.For(0, files.Count, i => parsed[i] = DocumentationReader.Read(files[i]));

        var documents = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var document = new StringBuilder();
        string? owner = null;
        foreach (DocumentedMember member in parsed.SelectMany(members => members))
        {
            string type = MemberNames.Owner(member.Id);
            if (type != owner)
                Finish(documents, document);
            owner = type;
            Append(document, member, seen);
        }

        Finish(documents, document);
        return documents;
    }

    private static void Append(StringBuilder document, DocumentedMember member, HashSet<string> seen)
    {
        bool named = false;
        foreach (MemberText text in member.Texts)
        {
            if (!seen.Add(text.Text))
                continue;
            if (!named)
                document.Append(document.Length > 0 ? "\n" : "").Append(MemberNames.Readable(member.Id)).Append('\n');
            named = true;
            if (text.Heading.Length > 0)
                document.Append(text.Heading).Append(": ");
            document.Append(text.Text).Append('\n');
        }
    }

    private static void Finish(List<string> documents, StringBuilder document)
    {
        if (document.Length > 0)
            documents.Add(document.ToString());
        document.Clear();
    }
}
