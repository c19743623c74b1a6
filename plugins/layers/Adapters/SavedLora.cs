using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>Updates of a model from PEFT's files.</summary>
public static class SavedLora
{
    private const string A = ".lora_A.weight";
    private const string B = ".lora_B.weight";
    private const string Magnitude = $".{DoraLayer.MagnitudeName}";

    // PEFT keys that change the computation, with the values supported here.
    private static readonly (string Key, string[] Plain)[] Unsupported =
    [
        ("use_qalora", ["null", "false"]), ("lora_bias", ["null", "false"]), ("bias", ["null", "\"none\""]),
        ("layer_replication", ["null"]), ("alora_invocation_tokens", ["null"]), ("arrow_config", ["null"]),
        ("trainable_token_indices", ["null"]), ("target_parameters", ["null", "[]"]),
    ];

    /// <summary>Updates from a file, attached, in eval mode.</summary>
    /// <inheritdoc cref="IAdapterFormat.Open"/>
    public static LoraAdapter Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IModel model)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(model);
        CheckSupported(configuration);
        var initialization = LoraInitialization.Of(configuration);
        var sizes = LoraSizes.Of(configuration);
        string[] names = [.. weights.Keys.Where(IsUpdate).Select(file => file[PeftAdapter.TunedPrefix.Length..^A.Length]).Distinct()];
        if (names.Length == 0)
            throw new ModelException($"The adapter has no '…{A}'. It has: {string.Join(", ", weights.Keys)}.");
        // An update of the output map is not one of the token embedding.
        if (model is ITiesEmbeddings { IsTied: true } tied && names.Contains(tied.OutputMap, StringComparer.Ordinal))
            tied.Untie();
        Dictionary<string, ILinearMap> maps = LoraUpdates.Maps(model);

        var layers = new SortedDictionary<string, LoraLayer>(StringComparer.Ordinal);
        try
        {
            foreach (string name in names)
            {
                if (!maps.TryGetValue(name, out ILinearMap? map))
                {
                    throw new ModelException(
                        $"The adapter updates '{name}', which is not a linear map of this model. The model has: " +
                        $"{string.Join(", ", maps.Keys)}.");
                }

                layers.Add(name, Layer(name, map));
            }

            IReadOnlyDictionary<string, Parameter> restored = PeftAdapter.Restore(
                configuration, PeftAdapter.TunedPrefix, weights, model, name => IsUpdate(name) || IsMagnitude(name));
            return new LoraAdapter(layers, restored, initialization.Converted(configuration));
        }
        catch
        {
            foreach (LoraLayer layer in layers.Values)
                layer.Dispose();
            throw;
        }

        LoraLayer Layer(string name, ILinearMap map)
        {
            var context = new BuildContext(torch.CPU, new Autocast());
            (int rank, double scaling) = sizes.For(name);
            CheckRank(name, rank);
            LoraLayer layer = sizes.IsDecomposed
                ? new DoraLayer(map, rank, scaling, dropout: 0, context)
                : new LoraLayer(map, rank, scaling, dropout: 0, context);
            foreach ((string part, Parameter parameter) in layer.Parts)
                Fill(parameter, $"{PeftAdapter.TunedPrefix}{name}.{part}");
            LoraLayer whole = initialization.WithoutInitial(layer, context);
            whole.to(map.Weight.device);
            whole.eval();
            return whole;
        }

        // Before memory is allocated for it.
        void CheckRank(string name, int rank)
        {
            Tensor a = Saved($"{PeftAdapter.TunedPrefix}{name}{A}");
            if (a.ndim != 2 || a.size(0) != rank)
            {
                throw new ModelException($"adapter_config.json: the rank of '{name}' is {rank} ('r' or 'rank_pattern'), but its " +
                    $"'{A[1..]}' is [{string.Join(", ", a.shape)}]. Use the file that was saved with the weights.");
            }
        }

        void Fill(Parameter parameter, string name) => PeftAdapter.Fill(name, parameter, Saved(name));

        Tensor Saved(string name) =>
            weights.TryGetValue(name, out Tensor? saved) || weights.TryGetValue($"{name}.weight", out saved)
            ? saved : throw new ModelException(
                $"The adapter has no '{name}', but has other parts of that update. The file is incomplete: save it again.");
    }

    // The suffixes of A and B have the same length.
    private static bool IsUpdate(string name) => name.StartsWith(PeftAdapter.TunedPrefix, StringComparison.Ordinal)
        && (name.EndsWith(A, StringComparison.Ordinal) || name.EndsWith(B, StringComparison.Ordinal));

    // Some versions of PEFT write the vector as the weight of a module.
    private static bool IsMagnitude(string name) => name.StartsWith(PeftAdapter.TunedPrefix, StringComparison.Ordinal)
        && (name.EndsWith(Magnitude, StringComparison.Ordinal) || name.EndsWith($"{Magnitude}.weight", StringComparison.Ordinal));

    private static void CheckSupported(JsonObject configuration)
    {
        foreach ((string key, string[] plain) in Unsupported)
        {
            string found = configuration[key]?.ToJsonString() ?? "null";
            if (!plain.Contains(found, StringComparer.Ordinal))
            {
                throw new ModelException(
                    $"adapter_config.json: '{key}' is {found}, but this plugin supports only {plain[^1]}. Use an adapter without it.");
            }
        }
    }
}
