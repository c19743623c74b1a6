namespace Tenon.Layers;

/// <summary>
/// The random numbers of the layers of one forward pass in training. Each layer has its own seed, so that what is dropped in it does not
/// depend on the layers that this process computes (<see cref="IStaged"/>). A pass takes one number from torch's generator.
/// </summary>
internal sealed class LayerRandom : IDisposable
{
    private readonly Tensor? _after;
    private readonly SeededRandom _seeds;

    /// <summary>Begins a pass.</summary>
    /// <param name="training">If false, nothing is drawn.</param>
    public LayerRandom(bool training)
    {
        _seeds = new SeededRandom(0);
        if (!training)
            return;
        using Tensor drawn = torch.randint(long.MaxValue, [1], torch.ScalarType.Int64);
        _seeds = new SeededRandom((ulong)drawn.item<long>());
        _after = torch.get_rng_state().DetachFromDisposeScope();
        Enter(-1);
    }

    /// <summary>Seeds torch's generator for a layer.</summary>
    /// <param name="layer">Index of the layer; −1 before the first.</param>
    public void Enter(int layer)
    {
        if (_after is null)
            return;
        using torch.Generator generator = torch.manual_seed((long)(_seeds.Fork(layer).NextUInt64() >> 1));
    }

    /// <summary>Ends the pass: torch's generator continues after the number that the pass took.</summary>
    public void Dispose()
    {
        if (_after is null)
            return;
        torch.set_rng_state(_after);
        _after.Dispose();
    }
}
