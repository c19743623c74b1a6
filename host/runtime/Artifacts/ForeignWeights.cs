namespace Tenon.Host.Artifacts;

/// <summary>Describes weights in unsupported formats, and how to convert them.</summary>
internal static class ForeignWeights
{
    private static readonly (string Pattern, string What)[] _formats =
    [
        ("*.bin", "pickled PyTorch weights, which can run any code when they are opened"),
        ("*.pt", "pickled PyTorch weights, which can run any code when they are opened"),
        ("*.pth", "pickled PyTorch weights, which can run any code when they are opened"),
        ("*.ckpt", "a pickled checkpoint, which can run any code when it is opened"),
        ("*.h5", "TensorFlow weights"),
        ("*.msgpack", "Flax weights"),
        ("*.gguf", "llama.cpp weights"),
        ("*.onnx", "an ONNX graph"),
    ];

    /// <summary>Returns a sentence about the first such file in a folder, preceded by a space; empty if there is none.</summary>
    /// <param name="folder">The folder; may be missing.</param>
    public static string Advice(string folder)
    {
        if (!Directory.Exists(folder))
            return "";
        foreach ((string pattern, string what) in _formats)
        {
            // training_args.bin and similar files are the settings and state of a trainer.
            string? file = Directory.EnumerateFiles(folder, pattern).Select(Path.GetFileName).OfType<string>()
                .Where(name => name is not ("training_args.bin" or "optimizer.bin" or "optimizer.pt" or "scheduler.pt"))
                .Order(StringComparer.Ordinal).FirstOrDefault();
            if (file is not null)
                return $" It contains {file}: {what}. Tenon reads only safetensors: " +
                    "load the file with the library that wrote it, and save it again (save_pretrained with safe_serialization=True).";
        }

        return "";
    }
}
