using System.Text;

namespace Tenon.Host.Export;

/// <summary>The metadata of a GGUF file: keys and typed values in the order in which they were added.</summary>
internal sealed class GgufMetadata
{
    // Type ids of the file format.
    private const uint UInt32Type = 4, Int32Type = 5, Float32Type = 6, BoolType = 7, StringType = 8, ArrayType = 9;

    private readonly List<(string Key, uint Type, Action<BinaryWriter> Write)> _entries = [];

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a count or an id.</summary>
    public void Add(string key, uint value) => _entries.Add((key, UInt32Type, to => to.Write(value)));

    /// <summary>Adds a number.</summary>
    public void Add(string key, float value) => _entries.Add((key, Float32Type, to => to.Write(value)));

    /// <summary>Adds a Boolean.</summary>
    public void Add(string key, bool value) => _entries.Add((key, BoolType, to => to.Write(value)));

    /// <summary>Adds a string.</summary>
    public void Add(string key, string value) => _entries.Add((key, StringType, to => WriteText(to, value)));

    /// <summary>Adds an array of strings.</summary>
    public void Add(string key, IReadOnlyList<string> values) => AddList(key, StringType, values, WriteText);

    /// <summary>Adds an array of integers.</summary>
    public void Add(string key, IReadOnlyList<int> values) => AddList(key, Int32Type, values, (to, value) => to.Write(value));

    /// <summary>Adds an array of numbers.</summary>
    public void Add(string key, IReadOnlyList<float> values) => AddList(key, Float32Type, values, (to, value) => to.Write(value));

    /// <summary>Writes all entries.</summary>
    public void Write(BinaryWriter to)
    {
        foreach ((string key, uint type, Action<BinaryWriter> write) in _entries)
        {
            WriteText(to, key);
            to.Write(type);
            write(to);
        }
    }

    /// <summary>Writes a string: its length in bytes, then its UTF-8 bytes.</summary>
    public static void WriteText(BinaryWriter to, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        to.Write((ulong)bytes.Length);
        to.Write(bytes);
    }

    private void AddList<T>(string key, uint type, IReadOnlyList<T> values, Action<BinaryWriter, T> write)
    {
        _entries.Add((key, ArrayType, WriteList));

        void WriteList(BinaryWriter to)
        {
            to.Write(type);
            to.Write((ulong)values.Count);
            foreach (T value in values)
                write(to, value);
        }
    }
}
