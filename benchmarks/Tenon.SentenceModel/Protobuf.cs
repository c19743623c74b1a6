using System.Buffers.Binary;

namespace Tenon.SentenceModel;

/// <summary>The wire format of protobuf messages, as far as ONNX files need it.</summary>
internal static class Protobuf
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    /// <summary>Returns the fields that are messages, texts or bytes.</summary>
    public static IEnumerable<(int Field, ReadOnlyMemory<byte> Value)> Parts(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            (int field, int type) = Key(message, ref at);
            if (type != Delimited)
            {
                Number(message, type, ref at);
                continue;
            }

            int length = (int)Number(message, Varint, ref at);
            yield return (field, message.Slice(at, length));
            at += length;
        }
    }

    /// <summary>Returns the numbers of a field, packed or not.</summary>
    public static IEnumerable<long> Numbers(ReadOnlyMemory<byte> message, int wanted)
    {
        int at = 0;
        while (at < message.Length)
        {
            (int field, int type) = Key(message, ref at);
            if (type != Delimited)
            {
                long number = Number(message, type, ref at);
                if (field == wanted)
                    yield return number;
                continue;
            }

            int end = (int)Number(message, Varint, ref at) + at;
            while (field == wanted && at < end)
                yield return Number(message, Varint, ref at);
            at = end;
        }
    }

    private static (int Field, int Type) Key(ReadOnlyMemory<byte> message, ref int at)
    {
        long key = Number(message, Varint, ref at);
        return ((int)(key >> 3), (int)(key & 7));
    }

    private static long Number(ReadOnlyMemory<byte> message, int type, ref int at)
    {
        ReadOnlySpan<byte> bytes = message.Span;
        switch (type)
        {
            case Fixed32:
                at += 4;
                return BinaryPrimitives.ReadInt32LittleEndian(bytes.Slice(at - 4, 4));
            case Fixed64:
                at += 8;
                return BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(at - 8, 8));
            case Varint:
                long value = 0;
                for (int shift = 0; ; shift += 7)
                {
                    byte next = bytes[at++];
                    value |= (long)(next & 127) << shift;
                    if (next < 128)
                        return value;
                }

            default:
                throw new InvalidDataException($"The file has a protobuf field of wire type {type}, which ONNX files do not have.");
        }
    }
}
