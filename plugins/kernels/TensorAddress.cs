using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tenon.Kernels;

/// <summary>Where the numbers of a tensor are in memory.</summary>
internal static class TensorAddress
{
    /// <summary>The address of the first number; it holds for as long as the tensor lives.</summary>
    /// <param name="tensor">On the processor, side by side in memory, of less than 2 GiB.</param>
    public static unsafe nint Of(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
