using System.Buffers.Binary;
using System.Text;
using Tenon.Safetensors;

namespace Tenon.Abstractions.Tests;

/// <summary>A path in a folder that goes away with the test, and files made by hand.</summary>
internal sealed class SafetensorsTestFile : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tenon-safetensors-");

    public string Path => System.IO.Path.Combine(folder.FullName, "model.safetensors");

    public static string Reference => System.IO.Path.Combine(AppContext.BaseDirectory, "data", "lora-linear.safetensors");

    public string With(string header, int dataLength = 0) => With(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public string With(byte[] header, byte[] data, ulong? headerLength = null)
    {
        var bytes = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, headerLength ?? (ulong)header.Length);
        header.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + header.Length);
        File.WriteAllBytes(Path, bytes);
        return Path;
    }

    public SafetensorsException OpeningFails()
    {
        var open = () => SafetensorsFile.Open(Path).Dispose();
        return open.Should().Throw<SafetensorsException>().Which;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
