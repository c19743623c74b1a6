using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Determines when this project's float32 kernels, which have no gradients, replace torch's.</summary>
internal static class InferenceKernels
{
    /// <summary>
    /// Whether the kernels may be used: the thread is in <see cref="InferenceMode"/>, gradients are off, and torch's products are slower.
    /// </summary>
    public static bool AreOn => InferenceMode.IsOn && PanelMatrixProduct.IsFast && !torch.is_grad_enabled();

    /// <summary>Returns whether the kernels can read a tensor: float32 on the CPU, with sizes that fit an <see cref="int"/>.</summary>
    /// <param name="tensor">Not disposed.</param>
    public static bool Support(Tensor tensor) => tensor.dtype == torch.ScalarType.Float32 && tensor.device_type == DeviceType.CPU
        && tensor.numel() <= int.MaxValue / sizeof(float);
}
