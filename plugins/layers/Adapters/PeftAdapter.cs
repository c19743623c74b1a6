using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>
/// The common parts of PEFT's adapters: a frozen model, a few of its own modules that are also trained, and their files.
/// </summary>
public static class PeftAdapter
{
    /// <summary>
    /// Prefix of the names of a model's own parameters in <c>adapter_model.safetensors</c> where PEFT has a tuner between itself
    /// and the model (LoRA).
    /// </summary>
    public const string TunedPrefix = "base_model.model.";

    /// <summary>The prefix where PEFT wraps the model directly (prompts).</summary>
    public const string PromptPrefix = "base_model.";

    // The heads that PEFT also trains for sequence classification, and the pooler below BERT's head, which a model that was only
    // pre-trained on text also lacks.
    private static readonly string[] Heads = ["classifier", "score", "pooler"];

    /// <summary>
    /// Freezes a model except for the named modules (PEFT's <c>modules_to_save</c>): a head that has not been trained yet must
    /// be trained with the adapter. A token embedding that is also the output map, and of which only one is named, is separated first.
    /// </summary>
    /// <param name="model">Its parameters' <c>requires_grad</c> is set.</param>
    /// <param name="modulesToSave">Patterns of module names, or null for the classification head, if the model has one.</param>
    /// <returns>The parameters that stay trainable, by name. Owned by the model.</returns>
    public static IReadOnlyDictionary<string, Parameter> Freeze(IModel model, IReadOnlyList<string>? modulesToSave)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model is ITiesEmbeddings { IsTied: true } tied
            && (modulesToSave ?? []).Any(pattern =>
                ModuleNames.Matches(pattern, tied.OutputMap) || ModuleNames.Matches(pattern, EmbeddingOf(tied))))
        {
            tied.Untie();
        }

        SortedDictionary<string, Parameter> trained = Saved(model, modulesToSave);
        foreach ((string name, Parameter parameter) in model.Module.named_parameters())
            parameter.requires_grad = trained.ContainsKey(name);
        return trained;
    }

    /// <summary>Validates the modules that <see cref="Freeze"/> is to leave trainable.</summary>
    /// <param name="model">The model. It is not changed.</param>
    /// <param name="modulesToSave">As for <see cref="Freeze"/>.</param>
    /// <param name="option">The option with the patterns.</param>
    public static IEnumerable<ValidationResult> Validate(IModel model, IReadOnlyList<string>? modulesToSave, string option)
    {
        ArgumentNullException.ThrowIfNull(model);
        IEnumerable<string> separable = model is ITiesEmbeddings { IsTied: true } tied ? [tied.OutputMap] : [];
        return
        [
            .. ModuleNames.Validate(modulesToSave, [.. model.Module.named_modules().Select(module => module.name), .. separable], option),
            .. Packed(model).Where(name => (modulesToSave ?? []).Any(pattern => ModuleNames.Matches(pattern, name)))
                .Select(name => new ValidationResult(
                    $"matches '{name}', whose weight exists only in the format of the frozen base model ('baseWeights'), " +
                    "so it cannot be trained in full. Choose other modules, or set 'baseWeights' to fp32.",
                    [option])),
            .. Divided(model, modulesToSave).Select(name => new ValidationResult(
                $"matches '{name}', which several processes divide (parallel:tensor), so it cannot be trained in full. Choose other " +
                "modules, or set parallel:tensor to 1.", [option])),
        ];
    }

    // Returns the saved parameters that several processes divide, and an output map that is tied to one.
    private static IEnumerable<string> Divided(IModel model, IReadOnlyList<string>? modulesToSave)
    {
        if (model is not IDividesLayers { Divisions: { Count: > 0 } divisions })
            yield break;
        foreach (string name in Saved(model, modulesToSave).Keys.Where(divisions.ContainsKey))
            yield return name;
        if (model is ITiesEmbeddings { IsTied: true } tied
            && (modulesToSave ?? []).Any(pattern => ModuleNames.Matches(pattern, tied.OutputMap)))
        {
            yield return tied.OutputMap;
        }
    }

    // Returns the modules whose weight exists only in a packed format, including an output map that is tied to one.
    private static IEnumerable<string> Packed(IModel model)
    {
        foreach ((string name, Parameter parameter) in model.Module.named_parameters().Where(p => AbsentWeight.Is(p.parameter)))
        {
            yield return name[..name.LastIndexOf('.')];
            if (model is ITiesEmbeddings { IsTied: true } tied && parameter.Handle == tied.TokenEmbeddings!.Handle)
                yield return tied.OutputMap;
        }
    }

    /// <summary>Whether <see cref="Freeze"/> leaves parameters of the model trainable.</summary>
    /// <param name="model">The model. It is not changed.</param>
    /// <param name="modulesToSave">As for <see cref="Freeze"/>.</param>
    public static bool Trains(IModel model, IReadOnlyList<string>? modulesToSave)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Saved(model, modulesToSave).Count > 0;
    }

    /// <summary>The parameters that <see cref="Freeze"/> leaves trainable, by name.</summary>
    /// <inheritdoc cref="Freeze"/>
    internal static SortedDictionary<string, Parameter> Saved(IModel model, IReadOnlyList<string>? modulesToSave)
    {
        IReadOnlyList<string> patterns = modulesToSave ?? (IsClassifier(model) ? Heads : []);
        string[] saved = [.. model.Module.named_modules().Select(module => module.name)
            .Where(name => patterns.Any(pattern => ModuleNames.Matches(pattern, name)))];
        return new SortedDictionary<string, Parameter>(
            model.Module.named_parameters().Where(p => saved.Any(module => p.name.StartsWith($"{module}.", StringComparison.Ordinal)))
                .ToDictionary(p => p.name, p => p.parameter),
            StringComparer.Ordinal);
    }

    /// <summary>The keys of <c>adapter_config.json</c> that all kinds of adapters share.</summary>
    /// <param name="type">PEFT's name for the kind, <c>peft_type</c>.</param>
    /// <param name="model">The base model.</param>
    /// <param name="saved">The result of <see cref="Freeze"/>.</param>
    public static JsonObject Configuration(string type, IModel model, IReadOnlyDictionary<string, Parameter> saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        string[] modules = [.. saved.Keys.Select(name => name[..name.LastIndexOf('.')]).Distinct()];
        return new JsonObject
        {
            ["peft_type"] = type,
            ["task_type"] = model switch
            {
                IEncoderDecoder => "SEQ_2_SEQ_LM",
                ICausalLanguageModel => "CAUSAL_LM",
                _ => IsClassifier(model) && model is IPromptTunable ? "SEQ_CLS" : null,
            },
            ["base_model_name_or_path"] = null,
            ["revision"] = null,
            ["inference_mode"] = true,
            ["modules_to_save"] = modules.Length > 0 ? JsonSerializer.SerializeToNode(modules) : null,
        };
    }

    /// <summary>The trained parameters of the model itself, by their names in PEFT's files.</summary>
    /// <param name="saved">The result of <see cref="Freeze"/>.</param>
    /// <param name="prefix"><see cref="TunedPrefix"/> or <see cref="PromptPrefix"/>.</param>
    public static IEnumerable<KeyValuePair<string, Tensor>> Weights(IReadOnlyDictionary<string, Parameter> saved, string prefix) =>
        saved.Select(entry => KeyValuePair.Create(prefix + entry.Key, (Tensor)entry.Value));

    /// <summary>
    /// Restores the saved parameters of the model itself, and freezes the model. A saved token embedding or output map is a copy
    /// in PEFT, so where the model has one weight for both, they are separated first.
    /// </summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <param name="prefix"><see cref="TunedPrefix"/> or <see cref="PromptPrefix"/>.</param>
    /// <param name="weights">The tensors of <c>adapter_model.safetensors</c>. Not disposed.</param>
    /// <param name="model">Filled.</param>
    /// <param name="own">Which names are the adapter's own.</param>
    /// <returns>The restored parameters by name, owned by the model.</returns>
    /// <exception cref="ModelException">A tensor is neither the adapter's nor the model's, or has the wrong shape.</exception>
    public static IReadOnlyDictionary<string, Parameter> Restore(
        JsonObject configuration, string prefix, IReadOnlyDictionary<string, Tensor> weights, IModel model, Func<string, bool> own)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(model);
        bool stayTied = configuration["ensure_weight_tying"]?.GetValueKind() == JsonValueKind.True;
        if (model is ITiesEmbeddings { IsTied: true } tied && (weights.ContainsKey($"{prefix}{tied.OutputMap}.weight")
            || (!stayTied && weights.ContainsKey($"{prefix}{EmbeddingOf(tied)}.weight"))))
        {
            tied.Untie();
        }

        Dictionary<string, Parameter> parameters = model.Module.named_parameters()
            .ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        var filled = new SortedDictionary<string, Parameter>(StringComparer.Ordinal);
        using var untracked = torch.no_grad();
        foreach ((string name, Tensor saved) in weights.Where(entry => !own(entry.Key)))
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)
                || !parameters.TryGetValue(name[prefix.Length..], out Parameter? parameter))
                throw new ModelException($"The adapter has the tensor '{name}', which does not belong to any part of this model. " +
                    "Use the base model that the adapter was trained on.");
            Fill(name, parameter, saved);
            filled.Add(name[prefix.Length..], parameter);
        }

        foreach (Parameter parameter in parameters.Values)
            parameter.requires_grad = false;
        return filled;
    }

    /// <summary>Copies a saved tensor into a parameter.</summary>
    /// <param name="name">Its name in the file, for the message.</param>
    /// <param name="parameter">Filled in place.</param>
    /// <param name="saved">Not disposed.</param>
    /// <exception cref="ModelException">The shapes differ.</exception>
    public static void Fill(string name, Parameter parameter, Tensor saved)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(saved);
        if (!parameter.shape.SequenceEqual(saved.shape))
        {
            throw new ModelException(
                $"The adapter's tensor '{name}' is [{string.Join(", ", saved.shape)}]; " +
                $"this model takes [{string.Join(", ", parameter.shape)}]. " +
                "Use the base model that the adapter was trained on.");
        }

        using var untracked = torch.no_grad();
        parameter.copy_(saved);
    }

    // Name of the module with the token embedding.
    private static string EmbeddingOf(ITiesEmbeddings model)
    {
        string parameter = model.Module.named_parameters().First(p => p.parameter.Handle == model.TokenEmbeddings!.Handle).name;
        return parameter[..parameter.LastIndexOf('.')];
    }

    private static bool IsClassifier(IModel model) => model is IClassifier { Labels.Count: > 0 };
}
