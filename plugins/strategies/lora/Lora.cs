using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Lora;

/// <summary>
/// LoRA (Hu et al. 2021): linear layers stay frozen, and low-rank updates of their weights are trained. Saved in PEFT's format.
/// Adapters that were trained with PEFT may also use different ranks and scales per layer, DoRA, and initial updates taken out
/// of the base weights (PiSSA, OLoRA). Not supported: updates of embeddings and convolutions.
/// </summary>
[TrainsAdapter]
[Strategy("lora", "Low-rank updates of a frozen model's linear layers", AdapterTypes = ["LORA"], DividesAdapter = true)]
public sealed class Lora : IStrategy<LoraOptions, IModel>, IAdapterFormat
{
    /// <inheritdoc/>
    public void Run(LoraOptions options, IRun<IModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        IReadOnlyDictionary<string, Parameter> saved = PeftAdapter.Freeze(run.Model, options.ModulesToSave);
        using LoraAdapter adapter = LoraUpdates.Create(options, run.Model, saved, run.Device.Precision, run.Random.Fork("lora"));
        using IOptimization optimization = run.Optimize(new OptimizationSetup { Adapter = adapter, Selection = options });
        while (optimization.Next())
            optimization.Step(run.Model.Loss);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(LoraOptions options, IModel model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return LoraUpdates.Validate(options, options.ModulesToSave, model);
    }

    /// <inheritdoc/>
    public WeightFormat? BaseWeights(LoraOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return LoraUpdates.BaseWeights(options.BaseWeights);
    }

    /// <inheritdoc/>
    public IAdapter Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IModel model) =>
        SavedLora.Open(configuration, weights, model);
}
