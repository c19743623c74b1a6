using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tenon.Host.Data;

/// <summary>Hashes the content of examples: equal texts or pixels have equal hashes, regardless of their labels.</summary>
internal static class ContentHash
{
    /// <summary>Returns the hash of an example; null if the host does not know how to hash its content.</summary>
    /// <param name="example">Any example.</param>
    public static UInt128? Of(Example example)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        bool has = false;
        if (example is ImageExample { Image: var image })
        {
            Add([(byte)image.Channels, .. BitConverter.GetBytes(image.Width)]);
            Add(image.Data.Span);
        }
        else
        {
            foreach (string text in example.Texts)
                Add(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        return has ? BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset()) : null;

        void Add(ReadOnlySpan<byte> part)
        {
            has = true;
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }
    }
}
