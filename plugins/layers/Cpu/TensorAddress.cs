using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tenon.Layers.Cpu;

/// <summary>Where the numbers of a tensor are in memory.</summary>
internal static class TensorAddress
{
    /// <summary>The address of the first number; it holds for as long as the tensor lives.</summary>
    /// <param name="tensor">On the processor, side by side in memory, of less than 2 GiB.</param>
    public static unsafe nint Of(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>The address of the first number of a tensor that need not be side by side in memory.</summary>
    /// <param name="tensor">On the processor, not empty.</param>
    public static nint OfView(Tensor tensor)
    {
        using Tensor first = tensor.as_strided([1], [1], tensor.storage_offset());
        return Of(first);
    }
}
