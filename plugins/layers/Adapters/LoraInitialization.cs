using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>
/// How PEFT initialized an adapter (<c>init_lora_weights</c>). Some initializations take the initial update out of the base
/// weights, which PEFT repeats when it opens the adapter: the update is then s·(B·A − B₀·A₀).
/// </summary>
internal sealed class LoraInitialization
{
    private const string Key = "init_lora_weights";
    private static readonly string[] Unchanging = ["gaussian", "eva", "orthogonal"];
    private static readonly Dictionary<string, Func<Tensor, bool, int, double, (Tensor A, Tensor B)>> Changing = new(StringComparer.Ordinal)
    {
        ["pissa"] = PrincipalComponents,
        ["olora"] = Orthonormal,
    };

    private readonly Func<Tensor, bool, int, double, (Tensor A, Tensor B)>? _initial;

    private LoraInitialization(Func<Tensor, bool, int, double, (Tensor A, Tensor B)>? initial) => _initial = initial;

    /// <summary>Reads the initialization.</summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <exception cref="ModelException">Its effect on the base weights cannot be repeated, or it is unknown.</exception>
    public static LoraInitialization Of(JsonObject configuration)
    {
        JsonNode? node = configuration[Key];
        if (node is null || node.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
            return new LoraInitialization(null);
        string? name = node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (name is not null && Unchanging.Contains(name, StringComparer.Ordinal))
            return new LoraInitialization(null);
        if (name is null || !Changing.TryGetValue(name, out Func<Tensor, bool, int, double, (Tensor, Tensor)>? initial))
        {
            throw new ModelException(
                $"adapter_config.json: '{Key}' is {node.ToJsonString()}; supported: true, false, " +
                $"{string.Join(", ", Unchanging.Concat(Changing.Keys).Select(known => $"\"{known}\""))}. " +
                "Others may have changed the base weights in a way that cannot be repeated from the adapter's files. " +
                "Save the adapter with PEFT's path_initial_model_for_weight_conversion, which converts it to a plain one.");
        }

        return configuration["use_dora"]?.GetValueKind() == JsonValueKind.True
            ? throw new ModelException(
                $"adapter_config.json: '{Key}' is \"{name}\" and 'use_dora' is true, which cannot be combined. Use an adapter with " +
                "only one of them.")
            : new LoraInitialization(initial);
    }

    /// <summary>
    /// The update of the unchanged base weights: A and A₀, B and −B₀ side by side, as PEFT converts such an adapter.
    /// </summary>
    /// <param name="layer">The update as saved, on the CPU. Disposed if it is replaced.</param>
    /// <param name="context">The context of the layer.</param>
    /// <returns>The layer itself if its initialization changed nothing. The caller disposes it.</returns>
    public LoraLayer WithoutInitial(LoraLayer layer, BuildContext context)
    {
        if (_initial is null)
            return layer;
        using LoraLayer saved = layer;
        int rank = (int)layer.A.size(0);
        int kept = (int)Math.Min(rank, Math.Min(layer.Map.InFeatures, layer.Map.OutFeatures));
        var whole = new LoraLayer(layer.Map, rank + kept, layer.Scaling, dropout: 0, context);
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        // [kept, in], [out, kept]
        (Tensor a, Tensor b) = _initial(layer.Map.Weight.detach().cpu(), layer.Map.Transposed, kept, layer.Scaling);
        whole.A.copy_(torch.cat([layer.A, a], 0));
        whole.B.copy_(torch.cat([layer.B, -b], 1));
        return whole;
    }

    /// <summary>The configuration of the updates that <see cref="WithoutInitial"/> returns.</summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>. Not changed.</param>
    public JsonObject Converted(JsonObject configuration)
    {
        JsonObject converted = configuration.DeepClone().AsObject();
        if (_initial is null)
            return converted;
        // Twice the rank at the same scale.
        double factor = converted["use_rslora"]?.GetValueKind() == JsonValueKind.True ? Math.Sqrt(2) : 2;
        converted[Key] = true;
        converted["r"] = (int)(2 * LoraSizes.Number("r", converted["r"]));
        converted["lora_alpha"] = factor * LoraSizes.Number("lora_alpha", converted["lora_alpha"]);
        foreach ((string key, double times) in new[] { ("rank_pattern", 2), ("alpha_pattern", factor) })
        {
            if (converted[key] is JsonObject patterns)
                converted[key] = new JsonObject(patterns.Select(
                    entry => KeyValuePair.Create(entry.Key, (JsonNode?)(times * LoraSizes.Number(key, entry.Value)))));
        }

        return converted;
    }

    // The largest singular values and their vectors (PiSSA; Meng et al. 2024, section 3): s·B₀·A₀ = U·S·V.
    private static (Tensor A, Tensor B) PrincipalComponents(Tensor weight, bool transposed, int rank, double scaling)
    {
        (Tensor u, Tensor s, Tensor v) = torch.linalg.svd(transposed ? weight.t() : weight, fullMatrices: false); // [out, k], [k], [k, in]
        Tensor root = (s.narrow(0, 0, rank) / scaling).sqrt(); // [r]
        return (root.unsqueeze(1) * v.narrow(0, 0, rank), u.narrow(1, 0, rank) * root);
    }

    // The first columns of an orthonormal basis (OLoRA; Büyükakyüz 2024, section 3.2) of the weight as it is stored.
    private static (Tensor A, Tensor B) Orthonormal(Tensor weight, bool transposed, int rank, double scaling)
    {
        (Tensor q, Tensor r) = torch.linalg.qr(weight, torch.linalg.QRMode.Reduced);
        (Tensor columns, Tensor rows) = (q.narrow(1, 0, rank), r.narrow(0, 0, rank));
        return transposed ? (columns.t(), rows.t()) : (rows, columns);
    }
}
