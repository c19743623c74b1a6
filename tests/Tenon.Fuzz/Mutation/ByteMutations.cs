using System.Buffers.Binary;

namespace Tenon.Fuzz.Mutation;

/// <summary>Changes bytes without regard to their meaning: what a failing disk or an interrupted download does, and more.</summary>
/// <param name="pool">Inputs whose parts are spliced into others.</param>
internal sealed class ByteMutations(IReadOnlyList<byte[]> pool)
{
    private const int LongestPart = 64;
    private static readonly long[] _extremes =
        [0, 1, -1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue,
            long.MinValue];

    /// <summary>Returns a changed copy.</summary>
    public byte[] Mutate(byte[] input, SeededRandom random)
    {
        int at = (int)random.Next(input.Length + 1);
        int length = (int)Math.Min(1 + random.Next(LongestPart), input.Length - at);
        return random.Next(10) switch
        {
            0 or 1 => With(input, copy => Flip(copy, random)),
            2 => With(input, copy => copy[at % copy.Length] = (byte)random.Next(256)),
            3 => With(input, copy => Extreme(copy, at, random)),
            4 => [.. input[..at], .. Random((int)random.Next(LongestPart), random), .. input[at..]],
            5 => [.. input[..at], .. input[(at + length)..]],
            6 => [.. input[..(at + length)], .. input[at..]],
            7 => input[..at],
            8 => Splice(input, at, random),
            _ => With(input, copy => Random(length, random).CopyTo(copy, at)),
        };
    }

    /// <summary>The parts between separators.</summary>
    public static byte[][] Split(byte[] input, byte separator)
    {
        var parts = new List<byte[]>();
        foreach (Range part in input.AsSpan().Split(separator))
            parts.Add(input[part]);
        return [.. parts];
    }

    /// <summary>Joins parts with separators between them.</summary>
    public static byte[] Join(byte[][] parts, byte separator)
    {
        using var joined = new MemoryStream();
        foreach ((int index, byte[] part) in parts.Index())
        {
            if (index > 0)
                joined.WriteByte(separator);
            joined.Write(part);
        }

        return joined.ToArray();
    }

    private static byte[] With(byte[] input, Action<byte[]> change)
    {
        byte[] copy = [.. input];
        if (copy.Length > 0)
            change(copy);
        return copy;
    }

    private static void Flip(byte[] bytes, SeededRandom random) => bytes[random.Next(bytes.Length)] ^= (byte)(1 << (int)random.Next(8));

    // An integer of 1, 2, 4 or 8 bytes in either order.
    private static void Extreme(byte[] bytes, int at, SeededRandom random)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        long value = _extremes[random.Next(_extremes.Length)];
        int size = 1 << (int)random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            number = number[..size];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            number = number[^size..];
        }

        Span<byte> target = bytes.AsSpan(Math.Min(at, bytes.Length - 1));
        number[..Math.Min(size, target.Length)].CopyTo(target);
    }

    private byte[] Splice(byte[] input, int at, SeededRandom random)
    {
        byte[] other = pool[(int)random.Next(pool.Count)];
        int from = (int)random.Next(other.Length + 1);
        int count = (int)random.Next(other.Length - from + 1);
        int resume = (int)Math.Min(at + random.Next(count + 1), input.Length);
        return [.. input[..at], .. other[from..(from + count)], .. input[resume..]];
    }

    private static byte[] Random(int count, SeededRandom random)
    {
        byte[] bytes = new byte[count];
        // Often one byte repeated: zeros are what a file has whose blocks were never written.
        byte repeated = (byte)(random.Next(2) == 0 ? 0 : random.Next(256));
        bool isRepeated = random.Next(2) == 0;
        for (int i = 0; i < count; i++)
            bytes[i] = isRepeated ? repeated : (byte)random.Next(256);
        return bytes;
    }
}
