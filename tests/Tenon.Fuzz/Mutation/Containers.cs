using System.Buffers.Binary;
using System.IO.Compression;

namespace Tenon.Fuzz.Mutation;

/// <summary>Changes what is inside of a container, whose own structure stays valid.</summary>
internal static class Containers
{
    private static readonly string[] _names =
    [
        "../x", "/x", "plugin/../../x", "plugin/x", "plugin/", "a\\b", "plugin/Tenon.Pretrain.dll", ".signature.p7s",
    ];

    /// <summary>Changes the header of a safetensors file and corrects its length.</summary>
    /// <param name="input">A safetensors file; anything else is changed as a header.</param>
    /// <param name="random">Determines the change.</param>
    /// <param name="change">Changes the header.</param>
    public static byte[] InHeader(byte[] input, SeededRandom random, Func<byte[], SeededRandom, byte[]> change)
    {
        long length = input.Length < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(input);
        if (length < 0 || length > input.Length - sizeof(long))
            return change(input, random);
        int end = sizeof(long) + (int)length;
        byte[] header = change(input[sizeof(long)..end], random);
        byte[] prefix = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. input[end..]];
    }

    /// <summary>Changes the content or the name of an entry of an archive, or adds one.</summary>
    /// <param name="input">An archive; anything else is changed as an entry.</param>
    /// <param name="random">Determines the change.</param>
    /// <param name="change">Changes the content of an entry.</param>
    public static byte[] InArchive(byte[] input, SeededRandom random, Func<byte[], SeededRandom, byte[]> change)
    {
        List<(string Name, byte[] Content)> entries = [];
        try
        {
            using var archive = new ZipArchive(new MemoryStream(input), ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using var content = new MemoryStream();
                using (Stream stream = entry.Open())
                    stream.CopyTo(content);
                entries.Add((entry.FullName, content.ToArray()));
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or NotSupportedException)
        {
            return change(input, random);
        }

        // .NET reads entries without a name, but does not write them.
        if (entries.Exists(entry => entry.Name.Length == 0))
            return change(input, random);
        int chosen = (int)random.Next(entries.Count + 1);
        string name = _names[random.Next(_names.Length)];
        if (chosen == entries.Count)
            entries.Add((name, [1, 2, 3]));
        else if (random.Next(4) == 0)
            entries[chosen] = (name, entries[chosen].Content);
        else
            entries[chosen] = (entries[chosen].Name, change(entries[chosen].Content, random));
        using var written = new MemoryStream();
        using (var archive = new ZipArchive(written, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string each, byte[] content) in entries)
            {
                using Stream stream = archive.CreateEntry(each).Open();
                stream.Write(content);
            }
        }

        return written.ToArray();
    }
}
