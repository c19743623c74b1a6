using System.Buffers.Binary;
using System.IO.Compression;

namespace Tenon.Images.Idx;

/// <summary>
/// The content of an IDX file of unsigned bytes: two zero bytes, the type (8), the number of dimensions, each dimension as
/// a big-endian 32-bit number, then the values (LeCun, Cortes and Burges, the MNIST database, "file formats").
/// </summary>
/// <param name="Path">The path of the file.</param>
/// <param name="Dimensions">At least one dimension; each at least 1.</param>
/// <param name="Values">The values; their count is the product of the dimensions.</param>
internal sealed record IdxFile(string Path, int[] Dimensions, byte[] Values)
{
    private const byte UnsignedByte = 8;

    // Deflate's maximum compression ratio (RFC 1951: 258 bytes in two bits), so a header that claims more is wrong.
    private const long MaxBytesPerPackedByte = 1032;

    /// <summary>Reads a file, gzipped or not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dimensions">Required number of dimensions: 3 for images, 1 for labels.</param>
    /// <exception cref="DataException">It is not an IDX file, or its size does not match its header.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        using FileStream file = File.OpenRead(path);
        bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream stream = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Read(stream, path, dimensions, packed ? file.Length * MaxBytesPerPackedByte : file.Length);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"'{path}' is a damaged gzip file: {e.Message} Download it again.", e);
        }
    }

    private static IdxFile Read(Stream stream, string path, int dimensions, long most)
    {
        byte[] header = new byte[4 + 4 * dimensions];
        int read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        CheckMagic(header.AsSpan(0, Math.Min(read, 4)), path, dimensions);
        if (read < header.Length)
            throw new DataException($"'{path}' ends within its header: {read} of {header.Length} bytes. Download it again.");

        int[] sizes = new int[dimensions];
        long count = 1;
        for (int i = 0; i < dimensions; i++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 + 4 * i));
            count = size is 0 or > int.MaxValue ? -1 : count * size;
            if (count < 1 || count > Array.MaxLength)
                throw new DataException(
                    $"'{path}': dimension {i} is {size}; each must be at least 1, and their product at most {Array.MaxLength}. " +
                    "Download the file again.");
            sizes[i] = (int)size;
        }

        string shape = string.Join("×", sizes);
        if (count > most)
            throw new DataException(
                $"'{path}' is truncated: its header declares {shape} = {count} values, but the file is too short for that. Download " +
                "it again.");
        byte[] values = new byte[count];
        int found = stream.ReadAtLeast(values, values.Length, throwOnEndOfStream: false);
        if (found < values.Length)
            throw new DataException(
                $"'{path}' is truncated: its header declares {shape} = {count} values, but {found} follow. Download it again.");
        if (stream.ReadByte() >= 0)
            throw new DataException($"'{path}' has data after the {shape} = {count} values that its header declares. Download it again.");
        return new IdxFile(path, sizes, values);
    }

    private static void CheckMagic(ReadOnlySpan<byte> magic, string path, int dimensions)
    {
        string wanted =
            $"00 00 08 {dimensions:X2} ({(dimensions == 1 ? "labels: 1 dimension" : "images: 3 dimensions")} of unsigned bytes)";
        if (magic.Length < 4 || magic[0] != 0 || magic[1] != 0 || magic[2] != UnsignedByte)
            throw new DataException(
                $"'{path}' is not an IDX file of bytes: it starts with '{Convert.ToHexString(magic)}', but {wanted} is required. Use " +
                "another file.");
        if (magic[3] != dimensions)
            throw new DataException($"'{path}' has {magic[3]} dimensions, but {wanted} is required. Are images and labels swapped?");
    }
}
