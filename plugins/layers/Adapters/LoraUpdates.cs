using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>Creates a model's newly initialized updates. <see cref="SavedLora"/> reads them from a file.</summary>
public static class LoraUpdates
{
    /// <summary>Attaches newly initialized updates, which change nothing yet.</summary>
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
                "matches only linear maps that 'modulesToSave' also matches and that are therefore trained in full. Choose other maps.",
                [$"{path}targetModules"])];
    }

    /// <summary>Returns the format of the base model for a strategy's option (<see cref="IStrategy.BaseWeights"/>).</summary>
    /// <param name="format">The option.</param>
    /// <returns>Null for fp32, which keeps the parameters.</returns>
    public static WeightFormat? BaseWeights(WeightFormat format) => format == WeightFormat.Fp32 ? null : format;

    /// <summary>The scale of an update, s: α / r, or α / √r (rsLoRA; Kalajdzievski 2023).</summary>
    /// <param name="alpha">α.</param>
    /// <param name="rank">r.</param>
    /// <param name="rankStabilized">Whether to divide by √r.</param>
    internal static double Scaling(double alpha, int rank, bool rankStabilized) => alpha / (rankStabilized ? Math.Sqrt(rank) : rank);

    /// <summary>The linear maps of a model by name.</summary>
    /// <param name="model">The model.</param>
    internal static Dictionary<string, ILinearMap> Maps(IModel model) => model.Module.named_modules()
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
}
