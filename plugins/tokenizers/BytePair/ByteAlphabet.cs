namespace Tenon.Tokenizers.BytePair;

/// <summary>
/// GPT-2's way to write bytes as text: each byte is one printable character, so that vocabulary files contain no spaces or
/// control characters (Radford et al. 2019; <c>bytes_to_unicode</c> in its code). A space is spelled Ġ.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] ToChar = new char[256];
    private static readonly Dictionary<char, byte> ToByte = new(256);

    static ByteAlphabet()
    {
        // Printable Latin-1 maps to itself; the other bytes map to code points from 256, in order.
        var order = new List<byte>(256);
        var others = new List<byte>(68);
        for (var b = 0; b < 256; b++)
            (b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? order : others).Add((byte)b);
        foreach (var b in order)
            ToChar[b] = (char)b;
        for (var i = 0; i < others.Count; i++)
            ToChar[others[i]] = (char)(256 + i);
        for (var b = 0; b < 256; b++)
            ToByte.Add(ToChar[b], (byte)b);
        Order = [.. order, .. others];
    }

    /// <summary>The 256 bytes in the order of GPT-2's ids.</summary>
    public static IReadOnlyList<byte> Order { get; }

    public static char Spell(byte value) => ToChar[value];

    /// <summary>The bytes of a spelling, or null if one of its characters does not spell a byte.</summary>
    public static byte[]? Bytes(string spelling)
    {
        var bytes = new byte[spelling.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!ToByte.TryGetValue(spelling[i], out bytes[i]))
                return null;
        }

        return bytes;
    }
}
