using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Export;

/// <summary>Arranges the values of tensors as llama.cpp expects them.</summary>
internal static class GgufRows
{
    /// <summary>Arranges a tensor of a state dictionary.</summary>
    /// <param name="layout">Its layout in the file.</param>
    /// <param name="tensor">Its value. Not disposed.</param>
    /// <returns>float32, contiguous, on the CPU, in the current dispose scope.</returns>
    public static Tensor Arrange(GgufTensor layout, Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor oriented = layout.IsTransposed ? tensor.t() : tensor;
        return Interleave(oriented, layout.InterleavedHeads).MoveToOuterDisposeScope();
    }

    /// <summary>Interleaves the two halves of the rows of each head.</summary>
    /// <param name="rows">[H·D] or [H·D, n]. Not disposed.</param>
    /// <param name="heads">H, or null to keep the order.</param>
    /// <returns>float32, contiguous, on the CPU, in the current dispose scope.</returns>
    public static Tensor Interleave(Tensor rows, int? heads)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = rows.detach().cpu().to(ScalarType.Float32);
        if (heads is { } count)
        {
            long half = rows.size(0) / count / 2;
            values = values.reshape([count, 2, half, .. rows.shape[1..]]).transpose(1, 2); // [H·D, …] -> [H, 2, D/2, …] -> [H, D/2, 2, …]
            values = values.reshape(rows.shape);
        }

        return values.contiguous().MoveToOuterDisposeScope();
    }
}
