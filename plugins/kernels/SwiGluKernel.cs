using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>
/// SiLU(gate) · up with SiLU(x) = x·σ(x), the activation of a SwiGLU (Shazeer 2020), and its gradients, each in one pass over memory and
/// in float32.
/// </summary>
internal static unsafe class SwiGluKernel
{
    private const int NumbersOfPart = 1 << 14, Lanes = 16;

    /// <summary>Returns whether the kernel supports operands.</summary>
    /// <param name="gate">Any shape.</param>
    /// <param name="up">The same shape.</param>
    public static bool Supports(Tensor gate, Tensor up) =>
        TensorAddress.IsReadable(gate) && up.dtype == gate.dtype
        && gate.shape.AsSpan().SequenceEqual(up.shape) && gate.is_contiguous() && up.is_contiguous()
        && gate.numel() % Lanes == 0;

    /// <summary>Computes the product.</summary>
    /// <param name="gate">float32 or bfloat16, contiguous.</param>
    /// <param name="up">Of the same shape and type, contiguous.</param>
    /// <param name="result">Of the same shape and type, contiguous, written; may be one of the factors.</param>
    public static void Apply(Tensor gate, Tensor up, Tensor result)
    {
        nint a = TensorAddress.Of(gate), b = TensorAddress.Of(up), to = TensorAddress.Of(result);
        bool isBFloat16 = gate.dtype == torch.ScalarType.BFloat16;
        WorkSharing.DoRanges(torch.get_num_threads(), (int)gate.numel(), NumbersOfPart, (first, end) =>
        {
            if (isBFloat16)
                Product<BFloat16Format>((byte*)a, (byte*)b, (byte*)to, first, end);
            else
                Product<Float32Format>((byte*)a, (byte*)b, (byte*)to, first, end);
        });
    }

    /// <summary>Computes the gradients of both factors.</summary>
    /// <param name="gradient">The gradient of the result, in the same shape and type, contiguous.</param>
    /// <param name="gate">As in <see cref="Apply"/>.</param>
    /// <param name="up">As in <see cref="Apply"/>.</param>
    /// <param name="gateGradient">Of the same shape and type, contiguous, written.</param>
    /// <param name="upGradient">Of the same shape and type, contiguous, written.</param>
    public static void Gradients(Tensor gradient, Tensor gate, Tensor up, Tensor gateGradient, Tensor upGradient)
    {
        nint g = TensorAddress.Of(gradient), a = TensorAddress.Of(gate), b = TensorAddress.Of(up),
            da = TensorAddress.Of(gateGradient), db = TensorAddress.Of(upGradient);
        bool isBFloat16 = gate.dtype == torch.ScalarType.BFloat16;
        WorkSharing.DoRanges(torch.get_num_threads(), (int)gate.numel(), NumbersOfPart, (first, end) =>
        {
            if (isBFloat16)
                Gradients<BFloat16Format>((byte*)g, (byte*)a, (byte*)b, (byte*)da, (byte*)db, first, end);
            else
                Gradients<Float32Format>((byte*)g, (byte*)a, (byte*)b, (byte*)da, (byte*)db, first, end);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Product<TFormat>(byte* gate, byte* up, byte* to, int first, int end)
        where TFormat : struct, IWritableFormat
    {
        for (int at = first; at < end; at += Lanes)
        {
            Vector256<float> a0 = TFormat.Eight(gate, at), a1 = TFormat.Eight(gate, at + 8);
            TFormat.WriteSixteen(
                to, at, a0 * RowFunctions.Sigmoid(a0) * TFormat.Eight(up, at), a1 * RowFunctions.Sigmoid(a1) * TFormat.Eight(up, at + 8));
        }
    }

    // d SiLU(x) / dx = σ(x)·(1 + x·(1 − σ(x)))
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gradients<TFormat>(byte* g, byte* gate, byte* up, byte* gateGradient, byte* upGradient, int first, int end)
        where TFormat : struct, IWritableFormat
    {
        for (int at = first; at < end; at += Lanes)
        {
            Vector256<float> g0 = TFormat.Eight(g, at), g1 = TFormat.Eight(g, at + 8);
            Vector256<float> a0 = TFormat.Eight(gate, at), a1 = TFormat.Eight(gate, at + 8);
            Vector256<float> s0 = RowFunctions.Sigmoid(a0), s1 = RowFunctions.Sigmoid(a1);
            TFormat.WriteSixteen(upGradient, at, g0 * a0 * s0, g1 * a1 * s1);
            TFormat.WriteSixteen(
                gateGradient, at,
                g0 * TFormat.Eight(up, at) * s0 * (Vector256<float>.One + a0 * (Vector256<float>.One - s0)),
                g1 * TFormat.Eight(up, at + 8) * s1 * (Vector256<float>.One + a1 * (Vector256<float>.One - s1)));
        }
    }
}
