using System.Runtime.CompilerServices;

namespace Tenon.Layers;

/// <summary>
/// A weight with merged updates, and a copy of the original: subtracting an update would not undo the rounding of the addition.
/// </summary>
internal sealed class MergedWeight
{
    private static readonly ConditionalWeakTable<ILinearMap, MergedWeight> Merged = [];

    private readonly ILinearMap _map;
    private readonly Tensor _original;
    private readonly List<LoraLayer> _layers = [];

    private MergedWeight(ILinearMap map)
    {
        using var untracked = torch.no_grad();
        _map = map;
        _original = map.Weight.clone().DetachFromDisposeScope();
    }

    /// <summary>Merges an update into the weight of its map.</summary>
    /// <param name="layer">Not merged yet.</param>
    public static void Add(LoraLayer layer)
    {
        MergedWeight weight = Merged.GetValue(layer.Map, map => new MergedWeight(map));
        weight._layers.Add(layer);
        layer.AddTo(layer.Map.Weight, weight._original);
    }

    /// <summary>Removes an update from the weight of its map.</summary>
    /// <param name="layer">Merged.</param>
    public static void Remove(LoraLayer layer)
    {
        MergedWeight weight = Of(layer);
        weight._layers.Remove(layer);
        using (torch.no_grad())
            layer.Map.Weight.copy_(weight._original);
        foreach (LoraLayer other in weight._layers)
            other.AddTo(layer.Map.Weight, weight._original);
        weight.DropIfIdle();
    }

    /// <summary>Leaves an update in the weight permanently.</summary>
    /// <param name="layer">Merged; it may be disposed afterwards.</param>
    public static void Keep(LoraLayer layer)
    {
        MergedWeight weight = Of(layer);
        weight._layers.Remove(layer);
        layer.AddTo(weight._original);
        weight.DropIfIdle();
    }

    private static MergedWeight Of(LoraLayer layer) => Merged.TryGetValue(layer.Map, out MergedWeight? weight)
        ? weight
        : throw new InvalidOperationException("The update is not merged into its map's weight.");

    private void DropIfIdle()
    {
        if (_layers.Count > 0)
            return;
        _original.Dispose();
        Merged.Remove(_map);
    }
}
