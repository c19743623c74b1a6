using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tenon.Kernels;

/// <summary>The address of a tensor's data.</summary>
internal static class TensorAddress
{
    /// <summary>Returns the address of the first element, valid as long as the tensor is alive.</summary>
    /// <param name="tensor">On the CPU, contiguous, of less than 2 GiB.</param>
    public static unsafe nint Of(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
