using System.Buffers.Binary;

namespace Tenon.Images.Tables;

/// <summary>
/// Checks the footer of a Parquet file: metadata in Thrift's compact protocol, followed by its length and <c>PAR1</c>. The library
/// reads on after the end of a damaged footer, sometimes without end, so that its bounds are checked before.
/// </summary>
internal static class ParquetFooter
{
    private const int Tail = 8;

    // Parquet's own structures have seven levels.
    private const int MostLevels = 32;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The footer is missing, truncated or damaged.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static void Check(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> tail = stackalloc byte[Tail];
        if (stream.Length < Magic.Length + Tail)
            throw new InvalidDataException("It is too short.");
        stream.Position = stream.Length - Tail;
        stream.ReadExactly(tail);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (!tail[sizeof(uint)..].SequenceEqual(Magic) || length > stream.Length - Tail - Magic.Length)
            throw new InvalidDataException("It does not end in a Parquet footer.");
        byte[] footer = new byte[length];
        stream.Position = stream.Length - Tail - length;
        stream.ReadExactly(footer);
        var cursor = new Cursor(footer);
        Struct(ref cursor, 0);
        if (cursor.Left > 0)
            throw Damaged();
    }

    // https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    private static void Struct(ref Cursor cursor, int level)
    {
        while (cursor.Byte() is var header && header != 0)
        {
            if (header >> 4 == 0)
                cursor.Number();
            int type = header & 0xF;
            if (type is not (1 or 2))
                Value(ref cursor, type, level);
        }
    }

    private static void Value(ref Cursor cursor, int type, int level)
    {
        if (level > MostLevels)
            throw Damaged();
        switch (type)
        {
            case 1 or 2 or 3:
                cursor.Skip(1);
                break;
            case 4 or 5 or 6:
                cursor.Number();
                break;
            case 7:
                cursor.Skip(sizeof(double));
                break;
            case 8:
                cursor.Skip(cursor.Number());
                break;
            case 9 or 10:
                int header = cursor.Byte();
                Items(ref cursor, header >> 4 == 15 ? cursor.Number() : (ulong)header >> 4, [header & 0xF], level);
                break;
            case 11:
                ulong pairs = cursor.Number();
                int types = pairs == 0 ? 0 : cursor.Byte();
                Items(ref cursor, pairs, [types >> 4, types & 0xF], level);
                break;
            case 12:
                Struct(ref cursor, level + 1);
                break;
            default:
                throw Damaged();
        }
    }

    // Every item has at least one byte, so that an invalid count soon leads to the end.
    private static void Items(ref Cursor cursor, ulong count, scoped ReadOnlySpan<int> types, int level)
    {
        for (ulong i = 0; i < count; i++)
        {
            foreach (int type in types)
                Value(ref cursor, type, level + 1);
        }
    }

    private static InvalidDataException Damaged() => new("Its footer is damaged.");

    /// <summary>A position in the footer, which cannot leave it.</summary>
    private ref struct Cursor(ReadOnlySpan<byte> left)
    {
        private ReadOnlySpan<byte> _left = left;

        public readonly int Left => _left.Length;

        public int Byte()
        {
            if (_left.IsEmpty)
                throw Damaged();
            int value = _left[0];
            _left = _left[1..];
            return value;
        }

        // A variable-length integer: seven bits per byte, the lowest first.
        public ulong Number()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                int part = Byte();
                value |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80)
                    return value;
            }

            throw Damaged();
        }

        public void Skip(ulong count)
        {
            if (count > (ulong)_left.Length)
                throw Damaged();
            _left = _left[(int)count..];
        }
    }
}
