namespace Tenon.Host.Artifacts;

/// <summary>Weights in formats that are not read: what they are, and how to convert them.</summary>
internal static class ForeignWeights
{
    private static readonly (string Pattern, string What)[] _formats =
    [
        ("*.bin", "pickled PyTorch weights, which can run any code when they are opened"),
        ("*.pt", "pickled PyTorch weights, which can run any code when they are opened"),
        ("*.pth", "pickled PyTorch weights, which can run any code when they are opened"),
        ("*.ckpt", "a pickled checkpoint, which can run any code when it is opened"),
        ("*.h5", "weights of TensorFlow"),
        ("*.msgpack", "weights of Flax"),
        ("*.gguf", "weights of llama.cpp"),
        ("*.onnx", "a graph of ONNX"),
    ];

    /// <summary>A sentence about the first such file of a folder, with a space in front; empty if there is none.</summary>
    /// <param name="folder">The folder; may be missing.</param>
    public static string Advice(string folder)
    {
        if (!Directory.Exists(folder))
            return "";
        foreach ((string pattern, string what) in _formats)
        {
            // training_args.bin and the like are settings of a trainer.
            string? file = Directory.EnumerateFiles(folder, pattern).Select(Path.GetFileName).OfType<string>()
                .Where(name => name is not ("training_args.bin" or "optimizer.bin" or "optimizer.pt" or "scheduler.pt")).Order(StringComparer.Ordinal).FirstOrDefault();
            if (file is not null)
                return $" It has {file}: {what}. Only safetensors is read: load it with the library that wrote it, and save it again (save_pretrained with safe_serialization=True).";
        }

        return "";
    }
}
