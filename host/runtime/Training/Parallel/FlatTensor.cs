using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>Tensors as vectors of their elements, in the order of their memory.</summary>
internal static class FlatTensor
{
    /// <summary>Returns all elements as one dimension, sharing the memory.</summary>
    /// <param name="tensor">Without gaps or overlaps.</param>
    /// <returns>A view in the current dispose scope.</returns>
    public static Tensor Of(Tensor tensor)
    {
        Tensor data = tensor.detach();
        // A convolution's weights may be stored with the channels last.
        return data.is_contiguous() ? data.view(-1) : data.as_strided([data.numel()], [1], data.storage_offset());
    }

    /// <summary>Returns a tensor whose elements are in the same order of memory as those of another one.</summary>
    /// <param name="tensor">Returned itself if its order is the same.</param>
    /// <param name="like">A tensor of the same shape.</param>
    public static Tensor Ordered(Tensor tensor, Tensor like) =>
        tensor.stride().AsSpan().SequenceEqual(like.stride()) ? tensor : empty_like(like, requires_grad: false).copy_(tensor);
}
