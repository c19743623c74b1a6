using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>Writes a module's weights as <see cref="WeightsReader"/> and Python's transformers and diffusers read them.</summary>
internal static class WeightsWriter
{
    /// <summary>Writes the state dictionary; a tied tensor once, under the first of its names.</summary>
    /// <param name="file">Replaced in one step; its folder is made when missing.</param>
    /// <param name="module">Not changed.</param>
    /// <exception cref="IOException">The file cannot be written; what stood there is untouched.</exception>
    public static void Save(string file, nn.Module module) => Save(file, SharedTensors.Once(module));

    /// <summary>Writes named tensors.</summary>
    /// <param name="file">Replaced in one step; its folder is made when missing.</param>
    /// <param name="tensors">They stay the caller's.</param>
    /// <exception cref="IOException">The file cannot be written; what stood there is untouched.</exception>
    public static void Save(string file, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        SafetensorsFile.Write(file, tensors.Select(entry => (entry.Key, entry.Value)));
    }
}
