using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>The summaries in an assembly's XML documentation file.</summary>
internal sealed class Documentation
{
    private readonly Dictionary<string, string> _summaries = new(StringComparer.Ordinal);

    /// <summary>
    /// Reads the file next to an assembly; a missing file is treated as empty, because documentation is optional.
    /// </summary>
    /// <param name="assemblyPath">The assembly.</param>
    public static Documentation Of(string assemblyPath)
    {
        var documentation = new Documentation();
        string path = Path.ChangeExtension(assemblyPath, ".xml");
        if (!File.Exists(path))
            return documentation;
        using var reader = XmlReader.Create(path);
        while (reader.ReadToFollowing("member"))
        {
            // Methods make up most of the file but are never options; skipping them unparsed saves most of the time.
            if (reader.GetAttribute("name") is not { } name || name[0] is not ('P' or 'T' or 'F'))
                continue;
            using XmlReader member = reader.ReadSubtree();
            if (XElement.Load(member).Element("summary") is { } summary)
                documentation._summaries[name] = Flatten(summary);
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
        Append(summary);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        void Append(XElement element)
        {
            foreach (XNode node in element.Nodes())
            {
                if (node is XText literal)
                    text.Append(literal.Value);
                else if (node is XElement child && (string?)(child.Attribute("cref") ?? child.Attribute("name") ?? child.Attribute("langword")) is { } target && child.IsEmpty)
                    text.Append(target[(target.LastIndexOfAny(['.', ':']) + 1)..]);
                else if (node is XElement inner)
                    Append(inner);
            }
        }
    }
}
