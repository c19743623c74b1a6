using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>
/// Writes a module's weights in the format that <see cref="WeightsReader"/> and Python's transformers and diffusers read.
/// </summary>
internal static class WeightsWriter
{
    /// <summary>Bytes above which the weights of a model are written to several files; save_pretrained's limit, 5 GB.</summary>
    public const long MaxShardBytes = 5_000_000_000;

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

    /// <summary>Writes the weights of a model, to several files with an index if they are larger than a limit.</summary>
    /// <param name="file">The name of a single file. Its folder is created if missing.</param>
    /// <param name="tensors">The tensors, owned by the caller.</param>
    /// <param name="maxShardBytes">The limit in bytes.</param>
    /// <exception cref="IOException">A file cannot be written. A single file is unchanged then; several are gone.</exception>
    public static void SaveModel(string file, IReadOnlyDictionary<string, Tensor> tensors, long maxShardBytes = MaxShardBytes)
    {
        bool split = tensors.Count > 1 && tensors.Values.Sum(WeightsIndex.Bytes) > maxShardBytes;
        if (split)
        {
            // Without its index, a mixture of old and new files is not mistaken for a model.
            WeightsIndex.Delete(file);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            WeightsIndex.Write(file, tensors, maxShardBytes);
            File.Delete(file);
        }
        else
        {
            Save(file, tensors);
            WeightsIndex.Delete(file);
        }
    }
}
