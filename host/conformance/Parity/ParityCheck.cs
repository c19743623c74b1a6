using Tenon.Host.Artifacts;
using Tenon.Safetensors;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Conformance.Parity;

/// <summary>
/// Compares a model's outputs, and the gradients of its loss, with those that a reference implementation saved for the same weights
/// and inputs. The folder contains <c>inputs.safetensors</c> and <c>outputs.safetensors</c>, and for gradients
/// <c>grads.safetensors</c> or <c>grads_summary.safetensors</c> (2-norm, sum, sum of absolute values, first and last element of
/// each), by the parameters' names.
/// <para>
/// With an adapter, the gradients are those of its parameters, named without PEFT's <c>base_model.model.</c>, <c>base_model.</c>
/// and <c>.default</c>. If the inputs contain a <c>cotangent</c>, the gradients are those of the sum of its product with the output
/// of the same shape; gradients of the loss are then prefixed with <c>model_loss.</c>. Outputs <c>NAME_merged</c> and weights
/// <c>merged.NAME</c> are compared with the adapter merged into the model.
/// </para>
/// </summary>
public static class ParityCheck
{
    /// <summary>The default tolerance for float32.</summary>
    public const double DefaultTolerance = 1e-4;

    private const string Loss = "loss";
    private const string Cotangent = "cotangent";
    private const string OfLoss = "model_loss.";
    private const string VirtualTokens = "prompt_embeddings";
    private const string Merged = "_merged";
    private const string MergedWeight = "merged.";
    private const string SummaryFile = "grads_summary.safetensors";
    private static readonly string[] GradientFiles = ["grads.safetensors", SummaryFile];

    /// <summary>Runs the comparison, in eval mode and in float32.</summary>
    /// <param name="model">The model with the reference's weights. Its gradients are cleared.</param>
    /// <param name="folder">Folder with the reference data.</param>
    /// <param name="tolerance">
    /// Maximum difference relative to the reference's maximum absolute value or to 1, whichever is greater. Integers must be equal.
    /// </param>
    /// <param name="adapter">The adapter on the model, whose gradients are compared and cleared; null for the model's.</param>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="SafetensorsException">A file is not valid safetensors.</exception>
    public static ParityReport Run(IModel model, string folder, double tolerance = DefaultTolerance, IAdapter? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(folder);
        using DisposeScope scope = torch.NewDisposeScope();
        bool wasTraining = model.Module.training;
        model.Module.eval();
        Parameter[] frozen = [.. Trained(model, adapter).Values.Where(parameter => !parameter.requires_grad)];
        try
        {
            foreach (Parameter parameter in frozen)
                parameter.requires_grad = true;
            var comparison = new ParityComparison(tolerance);
            Compare(model, adapter, folder, comparison);
            return comparison.Report();
        }
        finally
        {
            ClearGradients(Trained(model, adapter).Values);
            foreach (Parameter parameter in frozen)
                parameter.requires_grad = false;
            model.Module.train(wasTraining);
        }
    }

    private static void Compare(IModel model, IAdapter? adapter, string folder, ParityComparison comparison)
    {
        torch.Device device = model.Module.parameters().Select(parameter => parameter.device).FirstOrDefault() ?? torch.CPU;
        Dictionary<string, Tensor> inputs = ReadAll(Path.Combine(folder, "inputs.safetensors"))
            .ToDictionary(pair => pair.Key, pair => pair.Value.to(device));
        SortedDictionary<string, Tensor> references = ReadAll(Path.Combine(folder, "outputs.safetensors"));
        if (references.ContainsKey(Loss) && model is ICausalLanguageModel && !inputs.ContainsKey("labels")
            && inputs.TryGetValue("input_ids", out Tensor? ids))
        {
            inputs["labels"] = ids;
            comparison.Remarks.Add("loss: computed with input_ids as labels, because the inputs have no labels.");
        }

        string[] merged = adapter is IWeightAdapter
            ? [.. references.Keys.Where(name => name.StartsWith(MergedWeight, StringComparison.Ordinal)
            || (name.EndsWith(Merged, StringComparison.Ordinal) && references.ContainsKey(name[..^Merged.Length])))] : [];
        // The loss is requested for its gradients even when the reference has no loss. All outputs are always requested together,
        // because an output can depend on which others are requested (GPT uses the mask for logits_masked only if that is
        // requested).
        HashSet<string> requested = [.. references.Keys, Loss];
        IReadOnlyDictionary<string, Tensor> outputs = Compute();
        foreach ((string name, Tensor reference) in references.Where(entry => !merged.Contains(entry.Key)))
        {
            if (outputs.TryGetValue(name, out Tensor? output))
                comparison.Add(name, ParityKind.Output, output, reference);
            else
                comparison.NotCompared.Add(name);
        }

        if (GradientFiles.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } gradients)
            CompareGradients(adapter, model, ReadAll(gradients), Path.GetFileName(gradients) == SummaryFile,
                inputs.GetValueOrDefault(Cotangent), outputs, Compute, comparison);
        if (merged.Length > 0)
            CompareMerged((IWeightAdapter)adapter!, model, merged, references, Compute, comparison);

        IReadOnlyDictionary<string, Tensor> Compute() =>
            adapter is null ? model.Outputs(inputs, requested) : adapter.Outputs(model, inputs, requested);
    }

    private static void CompareGradients(
        IAdapter? adapter, IModel model, SortedDictionary<string, Tensor> references, bool summary, Tensor? cotangent,
        IReadOnlyDictionary<string, Tensor> outputs, Func<IReadOnlyDictionary<string, Tensor>> compute, ParityComparison comparison)
    {
        Dictionary<string, Parameter> parameters = Trained(model, adapter);
        // An adapter with a single parameter is a prompt whose virtual tokens no network computes.
        string? tokens = adapter?.Module.named_parameters().ToArray() is [var only] ? only.name : null;
        HashSet<string> compared = [];
        foreach ((int pass, IGrouping<bool, string> group) in references.Keys.GroupBy(name => cotangent is null
            || name.StartsWith(OfLoss, StringComparison.Ordinal)).Index())
        {
            ClearGradients(parameters.Values);
            // A graph is freed when gradients are computed, so every pass needs new outputs.
            if (Objective(group.Key, pass == 0 ? outputs : compute()) is not { requires_grad: true } objective)
            {
                comparison.NotCompared.Add(group.Key ? "gradients, because the model returns no 'loss' for these inputs"
                    : $"gradients, because no output has the shape of '{Cotangent}'");
                continue;
            }

            objective.backward();
            foreach (string name in group)
                compared.Add(CompareGradient(name, cotangent is not null && group.Key ? name[OfLoss.Length..] : name));
        }

        comparison.NotCompared.AddRange(parameters.Keys.Where(name => !compared.Contains(name)).Select(name => $"gradient of {name}")
            .Order(StringComparer.Ordinal));

        Tensor? Objective(bool ofLoss, IReadOnlyDictionary<string, Tensor> computed)
        {
            if (ofLoss)
                return computed.GetValueOrDefault(Loss);
            Tensor? output = computed.Values.FirstOrDefault(found => found.shape.SequenceEqual(cotangent!.shape));
            return output is null ? null : (output * cotangent!).sum();
        }

        string CompareGradient(string name, string parameterName)
        {
            ParityKind kind = summary ? ParityKind.GradientSummary : ParityKind.Gradient;
            string own = adapter is null ? parameterName : parameterName == VirtualTokens ? tokens ?? parameterName : Own(parameterName);
            if (!parameters.TryGetValue(own, out Parameter? parameter))
            {
                comparison.Fail(name, kind, references[name], $"the {(adapter is null ? "model" : "adapter")} has no such parameter");
                return own;
            }

            // A parameter that does not affect the loss has no gradient here, but zeros in some references.
            Tensor gradient = parameter.grad is { } g ? g : torch.zeros_like(parameter);
            comparison.Add(name, kind, summary ? Summary(gradient) : gradient, references[name]);
            return own;
        }
    }

    private static void CompareMerged(
        IWeightAdapter adapter, IModel model, string[] names, SortedDictionary<string, Tensor> references,
        Func<IReadOnlyDictionary<string, Tensor>> compute, ParityComparison comparison)
    {
        using var untracked = torch.no_grad();
        adapter.Merge();
        try
        {
            Dictionary<string, Parameter> weights = Named(model.Module);
            IReadOnlyDictionary<string, Tensor> outputs = compute();
            foreach (string name in names)
            {
                if (name.EndsWith(Merged, StringComparison.Ordinal) && outputs.TryGetValue(name[..^Merged.Length], out Tensor? output))
                    comparison.Add(name, ParityKind.Output, output, references[name]);
                else if (name.StartsWith(MergedWeight, StringComparison.Ordinal)
                    && weights.TryGetValue(name[MergedWeight.Length..], out Parameter? weight))
                    comparison.Add(name, ParityKind.Weight, weight, references[name]);
                else
                    comparison.NotCompared.Add(name);
            }
        }
        finally
        {
            adapter.Unmerge();
        }
    }

    // The parameters that an adapter trains: its own, and those of the model that are saved with it.
    private static Dictionary<string, Parameter> Trained(IModel model, IAdapter? adapter)
    {
        Dictionary<string, Parameter> trained = Named(adapter?.Module ?? model.Module);
        if (adapter is null)
            return trained;
        HashSet<string> saved = [.. adapter.Weights.Keys.Select(Own)];
        foreach ((string name, Parameter parameter) in Named(model.Module).Where(entry => saved.Contains(entry.Key)))
            trained.TryAdd(name, parameter);
        return trained;
    }

    private static Dictionary<string, Parameter> Named(torch.nn.Module module) =>
        module.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter, StringComparer.Ordinal);

    // Maps a PEFT parameter name, with its adapter name default, to the name in the model or adapter.
    private static string Own(string name) =>
        name[(AdapterFolder.BaseModelPrefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal))?.Length ?? 0)..]
            .Replace(".default.", ".", StringComparison.Ordinal);

    private static Tensor Summary(Tensor gradient)
    {
        Tensor flat = gradient.detach().to(torch.ScalarType.Float64).reshape(-1);
        return torch.stack([flat.norm(), flat.sum(), flat.abs().sum(), flat[0], flat[-1]]); // [5]
    }

    private static SortedDictionary<string, Tensor> ReadAll(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new SortedDictionary<string, Tensor>(file.Tensors.Keys.ToDictionary(name => name, file.Read), StringComparer.Ordinal);
    }

    private static void ClearGradients(IEnumerable<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            parameter.grad = null;
    }
}
