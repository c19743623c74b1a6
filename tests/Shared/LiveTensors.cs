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

    /// <summary>How many tensors are alive when each layer of a network begins, while it runs once.</summary>
    /// <param name="network">The network.</param>
    /// <param name="first">End of the names of the modules that each layer calls first.</param>
    /// <param name="pass">Runs the network, in a dispose scope.</param>
    /// <exception cref="InvalidOperationException">The pass allocated so much that a collection ran.</exception>
    public static IReadOnlyList<long> AtEachLayer(TorchSharp.torch.nn.Module network, string first, Action pass) =>
        WithoutCollections(() =>
        {
            var counts = new List<long>();
            Action[] stopListening =
            [
                .. network.named_modules().Where(each => each.name.EndsWith(first, StringComparison.Ordinal))
                    .Select(each => (TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>)each.module)
                    .Select(module => (Action)module.register_forward_pre_hook((_, input) =>
                    {
                        counts.Add(TorchSharp.torch.Tensor.TotalCount);
                        return input;
                    }).remove),
            ];
            using (TorchSharp.torch.NewDisposeScope())
                pass();
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
