using System.Buffers.Binary;
using System.Text;
using Tenon.Tokenizers.Files;

namespace Tenon.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's precompiled character map: a double-array trie (Aoe 1989, in the layout of Darts-clone) from UTF-8 prefixes to
/// their replacements.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;
    private readonly bool[] _changesAscii = new bool[128];

    /// <summary>Reads a map.</summary>
    /// <param name="blob">The size of the trie in bytes (32 bits, little-endian), the trie, and replacements that end with 0.</param>
    /// <exception cref="FormatException">The sizes contradict each other.</exception>
    public CharacterMap(byte[] blob)
    {
        var size = blob.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(blob) : 0;
        if (size < 1024 || size % 4 != 0 || size > blob.Length - 4)
            throw new FormatException($"its {blob.Length} bytes cannot contain a trie of {size} bytes");
        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++)
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob.AsSpan(4 + 4 * i));
        _replacements = blob[(4 + (int)size)..];
        for (var c = 0; c < 128; c++)
            _changesAscii[c] = Find([(byte)c], longest: false, out _) is not null;
    }

    /// <summary>Reads the base64 text of <c>tokenizer.json</c>.</summary>
    /// <exception cref="DataException">The text is not a map.</exception>
    public static CharacterMap Read(JsonSection section)
    {
        try
        {
            return new CharacterMap(Convert.FromBase64String(section.AsText()));
        }
        catch (FormatException e)
        {
            throw section.Error($"is not a character map: {e.Message}");
        }
    }

    /// <summary>Whether an ASCII character is replaced.</summary>
    public bool Changes(char ascii) => _changesAscii[ascii];

    /// <summary>The replacement of a prefix of a text, or null.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="longest">Whether to use the longest prefix in the map; otherwise the shortest.</param>
    /// <param name="length">The length of the prefix in bytes.</param>
    public string? Find(ReadOnlySpan<byte> utf8, bool longest, out int length)
    {
        length = 0;
        int? value = null;
        var node = Offset(_units[0]);
        for (var i = 0; i < utf8.Length; i++)
        {
            node ^= utf8[i];
            // The label, and a bit that only leaves set.
            if (node >= _units.Length || (_units[node] & 0x800000FF) != utf8[i])
                break;
            var unit = _units[node];
            node ^= Offset(unit);
            if ((unit & 0x100) == 0 || node >= _units.Length)
                continue;
            (value, length) = ((int)(_units[node] & 0x7FFFFFFF), i + 1);
            if (!longest)
                break;
        }

        if (value is not { } start || start > _replacements.Length)
            return null;
        var rest = _replacements.AsSpan(start);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
