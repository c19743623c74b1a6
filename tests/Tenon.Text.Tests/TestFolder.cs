using System.IO.Compression;
using System.Text;

namespace Tenon.Text.Tests;

/// <summary>A temporary folder with a cache in it, removed at the end of the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"tenon-text-{Guid.NewGuid():N}");

    public List<string> Status { get; } = [];

    public DataContext Context => new(Path, new SeededRandom(1), Status.Add);

    internal CacheFolder Cache => new(At("cache"));

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        string file = At(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    public string WriteCompressed(string name, string content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(content));
        return Write(name, memory.ToArray());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class ExamplesExtensions
{
    public static IEnumerable<T> All<T>(this IExamples<T> examples) where T : Example
    {
        for (long i = 0; i < examples.Count; i++)
            yield return examples[i];
    }
}
