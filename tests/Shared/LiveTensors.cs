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
    public static long LeftBy(Action act) => WithoutCollections(() =>
    {
        long before = TorchSharp.torch.Tensor.TotalCount;
        act();
        return TorchSharp.torch.Tensor.TotalCount - before;
    });

    /// <summary>How many tensors are alive when each layer of a network begins, while an action runs the network once.</summary>
    /// <param name="first">The first module of each layer that is called.</param>
    /// <param name="act">Runs the network.</param>
    /// <exception cref="InvalidOperationException">The action allocated so much that a collection ran.</exception>
    public static IReadOnlyList<long> AtEachOf(
        IEnumerable<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>> first, Action act) =>
        WithoutCollections(() =>
        {
            var counts = new List<long>();
            Action[] stopListening = [.. first.Select(module => (Action)module.register_forward_pre_hook((_, input) =>
            {
                counts.Add(TorchSharp.torch.Tensor.TotalCount);
                return input;
            }).remove)];
            act();
            Array.ForEach(stopListening, stop => stop());
            return counts;
        });

    private static T WithoutCollections<T>(Func<T> act)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.TryStartNoGCRegion(Allocations).Should().BeTrue();
        try
        {
            return act();
        }
        finally
        {
            GC.EndNoGCRegion();
        }
    }
}
