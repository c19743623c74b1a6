using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>The summaries in an assembly's XML documentation file.</summary>
internal sealed class Documentation
{
    private readonly Dictionary<string, string> _summaries = new(StringComparer.Ordinal);

    private Documentation() { }

    /// <summary>Documentation without any text.</summary>
    public static Documentation Empty { get; } = new();

    /// <summary>
    /// Reads the file next to an assembly; a missing or damaged file is treated as empty, because documentation is optional.
    /// </summary>
    /// <param name="assemblyPath">The assembly.</param>
    public static Documentation Of(string assemblyPath)
    {
        string path = Path.ChangeExtension(assemblyPath, ".xml");
        if (!File.Exists(path))
            return Empty;
        try
        {
            return Read(path);
        }
        catch (XmlException)
        {
            return Empty;
        }
    }

    private static Documentation Read(string path)
    {
        var documentation = new Documentation();
        using var reader = XmlReader.Create(path);
        bool found = reader.ReadToFollowing("member");
        while (found)
        {
            // Methods make up most of the file but are never options; skipping them unparsed saves most of the time.
            if (reader.GetAttribute("name") is ['P' or 'T' or 'F', ..] name)
            {
                if (((XElement)XNode.ReadFrom(reader)).Element("summary") is { } summary)
                    documentation._summaries[name] = Flatten(summary);
                found = reader is { NodeType: XmlNodeType.Element, Name: "member" } || reader.ReadToFollowing("member");
            }
            else
            {
                found = reader.ReadToFollowing("member");
            }
        }

        return documentation;
    }

    /// <summary>Summary of a type; may be empty.</summary>
    public string Type(string fullName) => _summaries.GetValueOrDefault($"T:{fullName.Replace('+', '.')}", "");

    /// <summary>Summary of a property; may be empty.</summary>
    public string Property(string typeFullName, string name) =>
        _summaries.GetValueOrDefault($"P:{typeFullName.Replace('+', '.')}.{name}", "");

    /// <summary>Summary of an enum member; may be empty.</summary>
    public string Field(string typeFullName, string name) => _summaries.GetValueOrDefault($"F:{typeFullName.Replace('+', '.')}.{name}", "");

    private static string Flatten(XElement summary)
    {
        var text = new StringBuilder();
        foreach (XNode node in summary.DescendantNodes())
        {
            if (node is XText literal)
                text.Append(literal.Value);
            else if (node is XElement { IsEmpty: true } reference
                && (string?)(reference.Attribute("cref") ?? reference.Attribute("name") ?? reference.Attribute("langword")) is { } target)
                text.Append(target[(target.LastIndexOfAny(['.', ':']) + 1)..]);
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
