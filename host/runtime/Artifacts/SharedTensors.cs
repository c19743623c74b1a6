using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>Tensors that a state dictionary contains under several names (tied weights).</summary>
internal static class SharedTensors
{
    /// <summary>
    /// Identifies a native tensor: two tensors of a state dictionary have equal identities if and only if they are the same
    /// native tensor.
    /// </summary>
    /// <param name="tensor">Not disposed.</param>
    public static IntPtr Identity(Tensor tensor) => tensor.Handle;

    /// <summary>Returns the entries of a module's state dictionary, each tensor once, under its first name.</summary>
    /// <param name="module">The module, which keeps ownership of the tensors.</param>
    public static IReadOnlyDictionary<string, Tensor> Once(nn.Module module)
    {
        var seen = new HashSet<IntPtr>();
        return module.state_dict().Where(entry => seen.Add(Identity(entry.Value)))
            .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
    }
}
