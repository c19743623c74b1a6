namespace Tenon.Tests;

/// <summary>Counts tensors that nobody disposed.</summary>
internal static class LiveTensors
{
    // What an action may allocate on the managed heap; far more than the actions of tests do.
    private const long Allocations = 200L << 20;

    /// <summary>
    /// How many tensors an action leaves alive. The garbage collector would finalize those that are forgotten, and those
    /// that earlier tests left, at a time of its own: what is there is collected first, and nothing is in between.
    /// </summary>
    /// <exception cref="InvalidOperationException">The action allocated so much that a collection ran.</exception>
    public static long LeftBy(Action act)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.TryStartNoGCRegion(Allocations).Should().BeTrue();
        try
        {
            long before = TorchSharp.torch.Tensor.TotalCount;
            act();
            return TorchSharp.torch.Tensor.TotalCount - before;
        }
        finally
        {
            GC.EndNoGCRegion();
        }
    }
}
