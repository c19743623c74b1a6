using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Tenon.Mpi;

/// <summary>
/// The memory of a tensor in which MPI reads and writes: its own on a CPU, otherwise that of a copy, because this MPI may not reach
/// a GPU's memory.
/// </summary>
internal sealed class TensorMemory : IDisposable
{
    private readonly Tensor _tensor;
    private readonly Tensor? _copy;

    /// <summary>Takes a tensor, which must stay alive.</summary>
    /// <param name="tensor">Contiguous.</param>
    /// <param name="isRead">Whether its values are needed.</param>
    /// <exception cref="ArgumentException">It is not contiguous.</exception>
    public TensorMemory(Tensor tensor, bool isRead)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.is_contiguous())
            throw new ArgumentException($"The tensor [{string.Join(", ", tensor.shape)}] is not contiguous. Pass tensor.contiguous().",
                nameof(tensor));
        _tensor = tensor;
        using IDisposable untracked = torch.no_grad();
        if (tensor.device_type != DeviceType.CPU)
            _copy = (isRead ? tensor.cpu() : torch.empty(tensor.shape, tensor.dtype)).DetachFromDisposeScope();
        Elements = tensor.numel();
        Address = Elements == 0 ? 0 : AddressOf(_copy ?? tensor);
    }

    /// <summary>Number of elements.</summary>
    public long Elements { get; }

    /// <summary>Number of bytes.</summary>
    public long Bytes => Elements * _tensor.ElementSize;

    /// <summary>Address of the first element; 0 if there is none.</summary>
    public nint Address { get; }

    /// <summary>The type of the elements.</summary>
    public torch.ScalarType Type => _tensor.dtype;

    /// <summary>Copies what MPI has written into the tensor.</summary>
    public void TakeOver()
    {
        if (_copy is null)
            return;
        using IDisposable untracked = torch.no_grad();
        _tensor.copy_(_copy);
    }

    /// <summary>Frees the copy.</summary>
    public void Dispose() => _copy?.Dispose();

    // The first element alone, because the bytes of a tensor of 2 GiB or more cannot be a span.
    private static unsafe nint AddressOf(Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor first = tensor.detach().view(-1).narrow(0, 0, 1);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
