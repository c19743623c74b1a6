using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>Creates a model's updates, newly initialized or from a file.</summary>
public static class LoraUpdates
{
    private const string A = ".lora_A.weight";
    private const string B = ".lora_B.weight";

    // PEFT keys that change the computation, with the values supported here.
    private static readonly (string Key, string[] Plain)[] Unsupported =
    [
        ("use_dora", ["null", "false"]), ("use_qalora", ["null", "false"]),
        ("lora_bias", ["null", "false"]), ("bias", ["null", "\"none\""]),
        ("rank_pattern", ["null", "{}"]), ("alpha_pattern", ["null", "{}"]),
        ("layer_replication", ["null"]), ("alora_invocation_tokens", ["null"]),
        ("trainable_token_indices", ["null"]), ("target_parameters", ["null", "[]"]),
    ];

    /// <summary>Newly initialized updates, attached; they change nothing yet.</summary>
    /// <param name="options">Targets and sizes.</param>
    /// <param name="model">The model.</param>
    /// <param name="saved">The model's own parameters that are trained in full, by name.</param>
    /// <param name="precision">Precision of the model's matrix products.</param>
    /// <param name="random">The only source of randomness.</param>
    public static LoraAdapter Create(
        ILoraSizes options, IModel model, IReadOnlyDictionary<string, Parameter> saved, Precision precision, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(saved);
        ArgumentNullException.ThrowIfNull(random);
        SortedDictionary<string, ILinearMap> maps = Targets(options.TargetModules, model, saved);
        var autocast = new Autocast
        {
            Type = precision switch
            {
                Precision.Bf16 => torch.ScalarType.BFloat16,
                Precision.Fp16 => torch.ScalarType.Float16,
                _ => torch.ScalarType.Float32,
            },
        };
        // Drop one bit: torch takes a signed seed.
        using torch.Generator seeded = torch.manual_seed((long)(random.NextUInt64() >> 1));
        double scaling = Scaling(options.Alpha, options.Rank, options.RankStabilized);
        var layers = new SortedDictionary<string, LoraLayer>(StringComparer.Ordinal);
        foreach ((string name, ILinearMap map) in maps)
        {
            var layer = new LoraLayer(map, options.Rank, scaling, options.Dropout, new BuildContext(torch.CPU, autocast));
            layer.to(map.Weight.device);
            layers.Add(name, layer);
        }

        return new LoraAdapter(layers, saved, Describe(options, model, maps, saved));
    }

    /// <summary>Validates that a model can get new updates.</summary>
    /// <param name="options">Targets.</param>
    /// <param name="modulesToSave">As for <see cref="PeftAdapter.Freeze"/>.</param>
    /// <param name="model">The model. It is not changed.</param>
    /// <param name="path">Prefix of the options' keys.</param>
    public static IEnumerable<ValidationResult> Validate(
        ILoraSizes options, IReadOnlyList<string>? modulesToSave, IModel model, string path = "")
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        Dictionary<string, ILinearMap> maps = Maps(model);
        if (maps.Count == 0)
            return [new ValidationResult(
                $"{model.GetType().Name} has no layer that implements ILinearMap, so there is nothing to update. Choose another model.")];
        ValidationResult[] idle = [
            .. PeftAdapter.Validate(model, modulesToSave, $"{path}modulesToSave"),
            .. ModuleNames.Validate(options.TargetModules, maps.Keys, $"{path}targetModules")];
        return idle.Length > 0 || Targets(options.TargetModules, model, PeftAdapter.Saved(model, modulesToSave)).Count > 0 ? idle
            : [new ValidationResult(
                "matches only linear maps that 'modulesToSave' also matches and that are therefore trained in full. Name other maps.",
                [$"{path}targetModules"])];
    }

    /// <summary>Updates from a file, attached, in eval mode.</summary>
    /// <inheritdoc cref="IAdapterFormat.Open"/>
    public static LoraAdapter Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IModel model)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(model);
        CheckSupported(configuration);
        Dictionary<string, ILinearMap> maps = Maps(model);
        int rank = Number<int>(configuration, "r");
        double scaling = Scaling(Number<double>(configuration, "lora_alpha"), rank, configuration["use_rslora"]?.GetValue<bool>() ?? false);

        var layers = new SortedDictionary<string, LoraLayer>(StringComparer.Ordinal);
        try
        {
            foreach (string name in weights.Keys.Where(IsUpdate).Select(file => file[PeftAdapter.Prefix.Length..^A.Length]).Distinct())
            {
                if (!maps.TryGetValue(name, out ILinearMap? map))
                    throw new ModelException(
                        $"The adapter updates '{name}', which is not a linear map of this model. It has: {string.Join(", ", maps.Keys)}.");
                var layer = new LoraLayer(map, rank, scaling, dropout: 0, new BuildContext(torch.CPU, new Autocast()));
                layers.Add(name, layer);
                Fill(layer.A, $"{PeftAdapter.Prefix}{name}{A}");
                Fill(layer.B, $"{PeftAdapter.Prefix}{name}{B}");
                layer.to(map.Weight.device);
                layer.eval();
            }

            if (layers.Count == 0)
                throw new ModelException($"The adapter has no '…{A}'. It has: {string.Join(", ", weights.Keys)}.");
            IReadOnlyDictionary<string, Parameter> restored = PeftAdapter.Restore(weights, model, IsUpdate);
            return new LoraAdapter(layers, restored, configuration.DeepClone().AsObject());
        }
        catch
        {
            foreach (LoraLayer layer in layers.Values)
                layer.Dispose();
            throw;
        }

        void Fill(Parameter parameter, string name) => PeftAdapter.Fill(name, parameter, weights.TryGetValue(name, out Tensor? saved)
            ? saved : throw new ModelException(
                $"The adapter has no '{name}', but has the other half of that update. The file is incomplete: save it again."));
    }

    // The suffixes of A and B have the same length.
    private static bool IsUpdate(string name) => name.StartsWith(PeftAdapter.Prefix, StringComparison.Ordinal)
        && (name.EndsWith(A, StringComparison.Ordinal) || name.EndsWith(B, StringComparison.Ordinal));

    private static T Number<T>(JsonObject configuration, string key) =>
        configuration[key] is JsonValue value && value.TryGetValue(out T? number)
            ? number
            : throw new ModelException(
                $"adapter_config.json: '{key}' is {configuration[key]?.ToJsonString() ?? "missing"}, but it must be a number.");

    private static double Scaling(double alpha, int rank, bool rankStabilized) => alpha / (rankStabilized ? Math.Sqrt(rank) : rank);

    private static Dictionary<string, ILinearMap> Maps(IModel model) => model.Module.named_modules()
        .Where(entry => entry.module is ILinearMap)
        .ToDictionary(entry => entry.name, entry => (ILinearMap)entry.module, StringComparer.Ordinal);

    private static SortedDictionary<string, ILinearMap> Targets(
        IReadOnlyList<string>? patterns, IModel model, IReadOnlyDictionary<string, Parameter> saved) => new(
            Maps(model).Where(map => !saved.ContainsKey($"{map.Key}.weight")
                && (patterns is null || patterns.Any(pattern => ModuleNames.Matches(pattern, map.Key))))
                .ToDictionary(), StringComparer.Ordinal);

    private static JsonObject Describe(
        ILoraSizes options, IModel model, SortedDictionary<string, ILinearMap> maps, IReadOnlyDictionary<string, Parameter> saved)
    {
        JsonObject json = PeftAdapter.Configuration("LORA", model, saved);
        json["r"] = options.Rank;
        json["lora_alpha"] = options.Alpha;
        json["lora_dropout"] = options.Dropout;
        json["use_rslora"] = options.RankStabilized;
        json["target_modules"] = JsonSerializer.SerializeToNode(maps.Keys.ToArray());
        json["fan_in_fan_out"] = maps.Values.Any(map => map.Transposed);
        json["bias"] = "none";
        json["init_lora_weights"] = true;
        return json;
    }

    private static void CheckSupported(JsonObject configuration)
    {
        foreach ((string key, string[] plain) in Unsupported)
        {
            string found = configuration[key]?.ToJsonString() ?? "null";
            if (!plain.Contains(found, StringComparer.Ordinal))
                throw new ModelException(
                    $"adapter_config.json: '{key}' is {found}, but this plugin supports only {plain[^1]}. Use an adapter without it.");
        }
    }
}
