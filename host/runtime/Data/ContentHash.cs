using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Tenon.Host.Data;

/// <summary>Hashes of examples.</summary>
internal static class ContentHash
{
    /// <summary>
    /// The hash of an example's content: equal texts or pixels have equal hashes, whatever their labels. Null if the host does not know
    /// its content.
    /// </summary>
    /// <param name="example">Any example.</param>
    public static UInt128? Of(Example example)
    {
        ReadOnlyMemory<byte>[] parts = example is ImageExample { Image: var image }
            ? [new byte[] { (byte)image.Channels }, BitConverter.GetBytes(image.Width), image.Data]
            : [.. example.Texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
        return parts.Length > 0 ? BinaryPrimitives.ReadUInt128LittleEndian(Hash(parts)) : null;
    }

    /// <summary>
    /// The hash of everything in examples, in their order, as 32 hexadecimal digits; null for types that JSON cannot represent.
    /// </summary>
    /// <param name="examples">The examples.</param>
    public static string? Of(IEnumerable<Example> examples)
    {
        try
        {
            return Convert.ToHexStringLower(Hash(examples.Select(
                example => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(example, example.GetType(),
                    JsonSerializerOptions.Web))));
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    // The first half of the SHA-256 of the parts, each after its length.
    private static byte[] Hash(IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part.Span);
        }

        return hash.GetHashAndReset()[..16];
    }
}
