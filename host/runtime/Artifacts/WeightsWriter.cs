using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>
/// Writes a module's weights in the format that <see cref="WeightsReader"/> and Python's transformers and diffusers read.
/// </summary>
internal static class WeightsWriter
{
    /// <summary>Writes the state dictionary; tied tensors are written once, under their first name.</summary>
    /// <param name="file">The file; replaced atomically. Its folder is created if missing.</param>
    /// <param name="module">The module; not modified.</param>
    /// <exception cref="IOException">The file cannot be written; an existing file is unchanged.</exception>
    public static void Save(string file, nn.Module module) => Save(file, SharedTensors.Once(module));

    /// <summary>Writes named tensors.</summary>
    /// <param name="file">The file; replaced atomically. Its folder is created if missing.</param>
    /// <param name="tensors">The tensors, owned by the caller.</param>
    /// <exception cref="IOException">The file cannot be written; an existing file is unchanged.</exception>
    public static void Save(string file, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        SafetensorsFile.Write(file, tensors.Select(entry => (entry.Key, entry.Value)));
    }
}
