using System.Buffers;

namespace Tenon.Kernels;

/// <summary>Pooled memory for the intermediate results of kernels. It stays pinned until it is disposed.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly IMemoryOwner<float> _owner;
    private readonly MemoryHandle _handle;
    private readonly nint _start;

    /// <summary>Rents memory from the pool.</summary>
    /// <param name="count">Number of values, uninitialized.</param>
    public unsafe Workspace(int count)
    {
        _owner = MemoryPool<float>.Shared.Rent(count + CachePrefetch.BytesOfCacheLine / sizeof(float));
        _handle = _owner.Memory.Pin();
        _start = ((nint)_handle.Pointer + CachePrefetch.BytesOfCacheLine - 1) & -CachePrefetch.BytesOfCacheLine;
    }

    /// <summary>Returns the address of a value. The first one is at the start of a cache line.</summary>
    /// <param name="at">Its index.</param>
    public nint At(int at) => _start + (nint)at * sizeof(float);

    /// <summary>Returns the memory to the pool.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        _owner.Dispose();
    }
}
