using System.IO.Compression;
using Tenon.Fuzz.Mutation;

namespace Tenon.Fuzz.Tests;

/// <summary>Mutations of files inside files.</summary>
public sealed class MutatorTests
{
    [Fact]
    public void An_archive_with_a_nameless_entry_is_mutated()
    {
        byte[] archive = WithNamelessEntry();

        byte[] mutated = Containers.InArchive(archive, new SeededRandom(1), (bytes, _) => [.. bytes, 0]);

        using (var read = new ZipArchive(new MemoryStream(archive)))
            read.Entries.Should().ContainSingle(entry => entry.FullName.Length == 0);
        mutated.Should().NotEqual(archive);
    }

    // The one letter of the name becomes a letter of the extra field that follows it.
    private static byte[] WithNamelessEntry()
    {
        using var written = new MemoryStream();
        using (var archive = new ZipArchive(written, ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("a");
        byte[] bytes = written.ToArray();
        int directory = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8);
        foreach (int length in new[] { 26, directory + 28 })
            (bytes[length], bytes[length + 2]) = (0, (byte)(bytes[length + 2] + 1));
        return bytes;
    }
}
