using System.Buffers;

namespace Tenon.Kernels;

/// <summary>Pooled memory for the intermediate results of kernels. It stays pinned until it is disposed.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly IMemoryOwner<float> _owner;
    private readonly MemoryHandle _handle;

    /// <summary>Rents memory from the pool.</summary>
    /// <param name="count">Number of values, uninitialized.</param>
    public Workspace(int count)
    {
        _owner = MemoryPool<float>.Shared.Rent(count);
        _handle = _owner.Memory.Pin();
    }

    /// <summary>The address of a value.</summary>
    /// <param name="at">Its index.</param>
    public unsafe nint At(int at) => (nint)((float*)_handle.Pointer + at);

    /// <summary>Returns the memory to the pool.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        _owner.Dispose();
    }
}
