using System.Buffers;

namespace Tenon.Kernels;

/// <summary>Pooled memory for the intermediate results of kernels. It stays at its address until it is disposed.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly IMemoryOwner<float> _owner;
    private readonly MemoryHandle _handle;

    /// <summary>Takes memory from the pool.</summary>
    /// <param name="count">Numbers, uninitialized.</param>
    public Workspace(int count)
    {
        _owner = MemoryPool<float>.Shared.Rent(count);
        _handle = _owner.Memory.Pin();
    }

    /// <summary>The address of a number.</summary>
    /// <param name="at">Its index.</param>
    public unsafe nint At(int at) => (nint)((float*)_handle.Pointer + at);

    /// <summary>Returns the memory to the pool.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        _owner.Dispose();
    }
}
