using System.Buffers.Binary;
using System.Text;

namespace Tenon.Export.Tests;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Shape">Its shape, rows first.</param>
/// <param name="Type">The number of its format.</param>
/// <param name="Bytes">Its data.</param>
internal sealed record GgufTensorData(long[] Shape, uint Type, byte[] Bytes)
{
    /// <summary>Its numbers.</summary>
    public float[] Values() => Type switch
    {
        0 => [.. Bytes.Chunk(4).Select(bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes))],
        1 => [.. Bytes.Chunk(2).Select(bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes))],
        30 => [.. Bytes.Chunk(2)
            .Select(bytes => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16))],
        8 => [.. Bytes.Chunk(34)
            .SelectMany(block => block.Skip(2).Select(number => (float)BinaryPrimitives.ReadHalfLittleEndian(block) * (sbyte)number))],
        _ => throw new InvalidDataException($"Format {Type}."),
    };

    /// <summary>The size of data in bytes.</summary>
    public static long Length(uint type, long numbers) => type switch
    {
        0 => numbers * 4,
        1 or 30 => numbers * 2,
        8 => numbers / 32 * 34,
        _ => throw new InvalidDataException($"Format {type}.")
    };
}

/// <summary>Reads a GGUF file, as ggml's docs/gguf.md describes it.</summary>
internal sealed class GgufReader
{
    private const int Alignment = 32;
    private readonly BinaryReader _reader;

    private GgufReader(BinaryReader reader)
    {
        _reader = reader;
        Encoding.ASCII.GetString(reader.ReadBytes(4)).Should().Be("GGUF");
        reader.ReadUInt32().Should().Be(3);
        ulong tensors = reader.ReadUInt64(), entries = reader.ReadUInt64();
        for (ulong i = 0; i < entries; i++)
            Metadata.Add(Text(), Value(reader.ReadUInt32()));
        var found = new List<(string Name, long[] Shape, uint Type, long Offset)>();
        for (ulong i = 0; i < tensors; i++)
            found.Add((Text(), [.. Enumerable.Range(0, (int)reader.ReadUInt32()).Select(_ => (long)reader.ReadUInt64()).Reverse()],
                reader.ReadUInt32(), (long)reader.ReadUInt64()));
        long start = (reader.BaseStream.Position + Alignment - 1) / Alignment * Alignment;
        foreach ((string name, long[] shape, uint type, long offset) in found)
        {
            (offset % Alignment).Should().Be(0);
            reader.BaseStream.Position = start + offset;
            long length = GgufTensorData.Length(type, shape.Aggregate(1L, (product, size) => product * size));
            Tensors.Add(name, new GgufTensorData(shape, type, reader.ReadBytes((int)length)));
        }

        reader.BaseStream.Length.Should().Be((reader.BaseStream.Position + Alignment - 1) / Alignment * Alignment);
    }

    public Dictionary<string, object> Metadata { get; } = [];

    public Dictionary<string, GgufTensorData> Tensors { get; } = [];

    public static GgufReader Read(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        return new GgufReader(reader);
    }

    private string Text() => Encoding.UTF8.GetString(_reader.ReadBytes((int)_reader.ReadUInt64()));

    private object Value(uint type) => type switch
    {
        4 => _reader.ReadUInt32(),
        5 => _reader.ReadInt32(),
        6 => _reader.ReadSingle(),
        7 => _reader.ReadBoolean(),
        8 => Text(),
        9 => List(_reader.ReadUInt32(), _reader.ReadUInt64()),
        _ => throw new InvalidDataException($"Type {type}."),
    };

    private object[] List(uint type, ulong count) => [.. Enumerable.Range(0, (int)count).Select(_ => Value(type))];
}
