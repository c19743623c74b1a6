using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>Low-rank updates of a model's linear maps, active until disposed.</summary>
public sealed class LoraAdapter : ILowRankAdapter
{
    private readonly Updates _module = new();
    private readonly SortedDictionary<string, LoraLayer> _layers;
    private readonly IReadOnlyDictionary<string, Parameter> _saved;

    /// <summary>Attaches updates.</summary>
    /// <param name="layers">The updates by the names of their maps, on the model's device. Disposed with the adapter.</param>
    /// <param name="saved">The model's own parameters that belong to the adapter, by name.</param>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    public LoraAdapter(SortedDictionary<string, LoraLayer> layers, IReadOnlyDictionary<string, Parameter> saved, JsonObject configuration)
    {
        ArgumentNullException.ThrowIfNull(layers);
        (_layers, _saved, Configuration) = (layers, saved, configuration);
        foreach ((string name, LoraLayer layer) in layers)
        {
            _module.Add(name, layer);
            layer.Attach();
        }
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => _module;

    /// <inheritdoc/>
    public JsonObject Configuration { get; }

    /// <summary>Whether the updates are currently merged into the model's weights.</summary>
    public bool Merged { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Weights
    {
        get
        {
            var weights = new Dictionary<string, Tensor>(PeftAdapter.Weights(_saved, PeftAdapter.TunedPrefix));
            foreach ((string name, LoraLayer layer) in _layers)
            {
                foreach ((string part, Parameter value) in layer.Parts)
                    weights.Add($"{PeftAdapter.TunedPrefix}{name}.{part}", value);
            }

            return weights;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, LowRankUpdate> GetUpdates()
    {
        if (_layers.FirstOrDefault(entry => entry.Value is DoraLayer).Key is { } decomposed)
            throw Refused($"the update of '{decomposed}' is weight-decomposed (DoRA)");
        if (_saved.Keys.FirstOrDefault() is { } whole)
            throw Refused($"it contains '{whole}' as a whole ('modules_to_save')");
        return _layers.ToDictionary(
            entry => entry.Key, entry => new LowRankUpdate(entry.Value.A, entry.Value.B, entry.Value.Scaling * entry.Value.Factor),
            StringComparer.Ordinal);

        static ModelException Refused(string why) => new(
            $"The adapter contains more than products of two matrices: {why}. Merge it into the model instead.");
    }

    /// <inheritdoc/>
    public double Factor
    {
        get => _layers.Values.First().Factor;
        set
        {
            if (Merged)
                throw new InvalidOperationException("The adapter is merged. Unmerge it before changing its factor.");
            foreach (LoraLayer layer in _layers.Values)
                layer.Factor = value;
        }
    }

    /// <summary>
    /// Turns the updates off until the result is disposed, so that the model computes the same as the base model.
    /// </summary>
    /// <exception cref="InvalidOperationException">The adapter is merged.</exception>
    public IDisposable Off()
    {
        if (Merged)
            throw new InvalidOperationException("The adapter is merged. Unmerge it before turning it off.");
        foreach (LoraLayer layer in _layers.Values)
            layer.Detach();
        return new Again(_layers.Values);
    }

    /// <inheritdoc/>
    public void Merge()
    {
        if (Merged)
            return;
        foreach (LoraLayer layer in _layers.Values)
        {
            layer.Detach();
            MergedWeight.Add(layer);
        }

        Merged = true;
    }

    /// <inheritdoc/>
    public void Unmerge()
    {
        if (!Merged)
            return;
        foreach (LoraLayer layer in _layers.Values)
        {
            MergedWeight.Remove(layer);
            layer.Attach();
        }

        Merged = false;
    }

    /// <summary>Detaches the updates and frees them. Merged weights stay merged.</summary>
    public void Dispose()
    {
        foreach (LoraLayer layer in _layers.Values)
        {
            if (Merged)
                MergedWeight.Keep(layer);
            else
                layer.Detach();
        }

        Merged = false;
        _module.Dispose();
    }

    private sealed class Again(IEnumerable<LoraLayer> layers) : IDisposable
    {
        public void Dispose()
        {
            foreach (LoraLayer layer in layers)
                layer.Attach();
        }
    }

    // The maps' names as nested modules, since torch does not allow dots in a module's name.
    private sealed class Updates() : NamedModule(nameof(Updates))
    {
        private readonly Dictionary<string, Updates> _parts = [];

        public void Add(string name, LoraLayer layer)
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0)
            {
                register_module(name, layer);
                return;
            }

            if (!_parts.TryGetValue(name[..dot], out Updates? part))
                register_module(name[..dot], _parts[name[..dot]] = part = new Updates());
            part.Add(name[(dot + 1)..], layer);
        }
    }
}
