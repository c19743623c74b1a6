using System.Text;
using System.Text.Json;
using Tenon.Host.Native;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Edits plugins.json, preserving formatting and comments.</summary>
internal static class PluginsFileEditor
{
    private const string Folders = "folders";
    private const string Plugins = "plugins";

    /// <summary>Adds a plugin or changes its range.</summary>
    /// <param name="path">plugins.json.</param>
    /// <param name="id">The plugin.</param>
    /// <param name="range">A NuGet version range.</param>
    public static void Name(string path, string id, string range) => Edit(path, text =>
    {
        Section section = Find(text, Plugins) ?? throw Without(path, Plugins);
        string value = JsonSerializer.Serialize(range);
        return section.Items.Find(item => item.Name == id) is { } item
            ? Replace(text, item.ValueStart, item.End, value)
            : Append(text, section, $"{JsonSerializer.Serialize(id)}: {value}");
    });

    /// <summary>Removes a plugin.</summary>
    /// <param name="path">plugins.json.</param>
    /// <param name="id">The plugin; no effect if absent.</param>
    public static void Remove(string path, string id) => Edit(path, text =>
    {
        Section section = Find(text, Plugins) ?? throw Without(path, Plugins);
        int index = section.Items.FindIndex(item => item.Name == id);
        if (index < 0)
            return text;
        Item item = section.Items[index];
        // Includes the separating comma: the following one or, for the last item, the preceding one.
        return index + 1 < section.Items.Count ? Replace(text, item.Start, section.Items[index + 1].Start, "")
            : index > 0 ? Replace(text, section.Items[index - 1].End, item.End, "")
            : Replace(text, item.Start, AfterComma(text, item.End), "");
    });

    /// <summary>Appends a search folder.</summary>
    /// <param name="path">plugins.json.</param>
    /// <param name="folder">The folder as written to the file.</param>
    public static void AddFolder(string path, string folder) => Edit(path, text =>
    {
        string value = JsonSerializer.Serialize(folder);
        if (Find(text, Folders) is { } section)
            return Append(text, section, value);
        Section plugins = Find(text, Plugins) ?? throw Without(path, Plugins);
        return Replace(text, plugins.NameStart, plugins.NameStart, $"\"{Folders}\": [{value}],\n  ");
    });

    private static void Edit(string path, Func<byte[], byte[]> change)
    {
        byte[] changed = change(File.ReadAllBytes(path));
        // Writes only content that can be read again.
        PluginsFile.Parse(path, changed);
        Durable.Write(path, partial => File.WriteAllBytes(partial, changed));
    }

    private static byte[] Append(byte[] text, Section section, string item)
    {
        if (section.Items.Count == 0)
            return Replace(text, section.Start + 1, section.Start + 1, item);
        int end = section.Items[^1].End;
        string gap = Encoding.UTF8.GetString(text[LineStart(text, section.Items[^1].Start)..section.Items[^1].Start]);
        // On a separate line if the other items are.
        return Replace(text, end, end, string.IsNullOrWhiteSpace(gap) ? $",\n{gap}{item}" : $", {item}");
    }

    // If the only item is followed by a comma, the comma must be removed with it.
    private static int AfterComma(byte[] text, int end)
    {
        int next = end;
        while (next < text.Length && char.IsWhiteSpace((char)text[next]))
            next++;
        return next < text.Length && text[next] == ',' ? next + 1 : end;
    }

    private static int LineStart(byte[] text, int at) => Array.LastIndexOf(text, (byte)'\n', Math.Max(at - 1, 0)) + 1;

    private static byte[] Replace(byte[] text, int start, int end, string by) =>
        [.. text[..start], .. Encoding.UTF8.GetBytes(by), .. text[end..]];

    private static Section? Find(byte[] text, string name)
    {
        // The reader does not accept a byte order mark, which some editors write.
        int mark = text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var reader = new Utf8JsonReader(text.AsSpan(mark),
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(name))
                continue;
            int nameStart = mark + (int)reader.TokenStartIndex;
            reader.Read();
            var section = new Section(nameStart, mark + (int)reader.TokenStartIndex, []);
            while (reader.Read() && reader.CurrentDepth > 1)
            {
                int start = mark + (int)reader.TokenStartIndex;
                string? key = null;
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    key = reader.GetString();
                    reader.Read();
                }

                int valueStart = mark + (int)reader.TokenStartIndex;
                reader.Skip();
                section.Items.Add(new Item(key, start, valueStart, mark + (int)reader.BytesConsumed));
            }

            return section;
        }

        return null;
    }

    private static PluginsFileException Without(string path, string name) =>
        new($"{path} cannot be changed because it has no \"{name}\". Add \"{name}\": {{ }}.");

    // Offsets are in bytes. Start is the offset of the opening bracket or brace.
    private sealed record Section(int NameStart, int Start, List<Item> Items);

    // A list item has no name; End is after the value.
    private sealed record Item(string? Name, int Start, int ValueStart, int End);
}
