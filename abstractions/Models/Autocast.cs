using TorchSharp;

namespace Tenon;

/// <summary>
/// The element type of a model's matrix products. Parameters, residual stream, normalization and loss stay in
/// float32; linear maps and attention cast their operands to <see cref="Type"/> (Micikevicius et al. 2018, "Mixed
/// precision training"). One object per model, shared by the host and the model's layers; TorchSharp has no autocast.
/// </summary>
public sealed class Autocast
{
    /// <summary>Float32 (no cast), BFloat16 or Float16.</summary>
    public torch.ScalarType Type { get; set; } = torch.ScalarType.Float32;

    /// <summary>Whether operands are cast.</summary>
    public bool Enabled => Type != torch.ScalarType.Float32;

    /// <summary>Returns the tensor in <see cref="Type"/>; the same object if it already has that type.</summary>
    /// <param name="tensor">A floating-point tensor. Not disposed.</param>
    public Tensor Cast(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.dtype == Type ? tensor : tensor.to(Type);
    }
}
