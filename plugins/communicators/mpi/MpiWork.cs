using System.Diagnostics;

namespace Tenon.Mpi;

/// <summary>Requests that MPI works on.</summary>
/// <param name="library">The library.</param>
/// <param name="what">Name of the communication, for messages.</param>
/// <param name="ranks">Description of the group, for messages.</param>
/// <param name="memory">The memory that the requests use.</param>
/// <param name="result">What is written; null if nothing is.</param>
internal sealed unsafe class MpiWork(
    MpiLibrary library, string what, string ranks, IReadOnlyList<TensorMemory> memory, TensorMemory? result) : IWork
{
    // Calls without a result before the processor is left to other processes, which may be the ones that this one waits for.
    private const int Spins = 64;

    private readonly List<nint> _requests = [];
    private bool _isComplete;

    /// <summary>Adds a request.</summary>
    /// <param name="request">From MPI.</param>
    public void Add(nint request) => _requests.Add(request);

    /// <inheritdoc/>
    public bool Test()
    {
        while (_requests.Count > 0)
        {
            nint request = _requests[^1];
            int done = 0;
            library.Check(library.Test(&request, &done, library.Abi.NoStatus), "MPI_Test");
            _requests[^1] = request;
            if (done == 0)
                return false;
            _requests.RemoveAt(_requests.Count - 1);
        }

        if (!_isComplete)
            result?.TakeOver();
        return _isComplete = true;
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        for (int calls = 1; !Test(); calls++)
        {
            if (calls % Spins != 0)
                continue;
            Thread.Yield();
            if (Stopwatch.GetElapsedTime(start) > timeout)
                throw new CommunicationException($"{what} between {ranks} did not finish within {timeout.TotalSeconds:0.###} seconds: a " +
                    "rank hangs or is unreachable. If it only needs more time, raise parallel:timeout.");
        }
    }

    /// <summary>Frees the copies of tensors on a GPU.</summary>
    public void Dispose()
    {
        foreach (TensorMemory each in memory)
            each.Dispose();
    }
}
