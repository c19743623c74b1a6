using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tenon.Kernels;

/// <summary>The address of a tensor's data.</summary>
internal static class TensorAddress
{
    /// <summary>Returns whether kernels for two formats can read a tensor: float32 or bfloat16, on the CPU, of less than 2 GiB.</summary>
    /// <param name="tensor">Of any layout.</param>
    public static bool IsReadable(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype is torch.ScalarType.Float32 or torch.ScalarType.BFloat16
        && tensor.numel() <= int.MaxValue / sizeof(float);

    /// <summary>Returns the address of the first element, valid as long as the tensor is alive.</summary>
    /// <param name="tensor">On the CPU, contiguous, of less than 2 GiB.</param>
    public static unsafe nint Of(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
