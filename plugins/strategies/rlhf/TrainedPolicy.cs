using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.Rlhf;

/// <summary>
/// A policy in training and its reference: a frozen second model or, if only an adapter is trained, the same model with the
/// adapter off. Both are in eval mode, because dropout would make them differ.
/// </summary>
internal sealed class TrainedPolicy : IDisposable
{
    private readonly IRun<IPolicy> _run;
    private readonly bool _baseIsFrozen;

    /// <summary>Attaches an adapter, if requested.</summary>
    /// <param name="run">The run.</param>
    /// <param name="adapter">Its options, or null to train the whole model.</param>
    public TrainedPolicy(IRun<IPolicy> run, AdapterOptions? adapter)
    {
        _run = run;
        run.Model.Module.eval();
        if (adapter is null)
            return;
        IReadOnlyDictionary<string, Parameter> saved = PeftAdapter.Freeze(run.Model, adapter.ModulesToSave);
        _baseIsFrozen = saved.Count == 0;
        Adapter = LoraUpdates.Create(adapter, run.Model, saved, run.Device.Precision, run.Random.Fork("lora"));
    }

    /// <summary>Validates the adapter.</summary>
    /// <param name="adapter">Its options, or null for no adapter.</param>
    /// <param name="model">The policy. It is not changed.</param>
    public static IEnumerable<ValidationResult> Validate(AdapterOptions? adapter, IPolicy model) =>
        adapter is null ? [] : LoraUpdates.Validate(adapter, adapter.ModulesToSave, model, "adapter:");

    /// <summary>
    /// Returns whether the reference is a second model. With an adapter, it is only if modules of the policy itself are also trained.
    /// </summary>
    /// <param name="adapter">The options of the adapter, or null for no adapter.</param>
    /// <param name="model">The policy. It is not changed.</param>
    public static bool UsesReference(AdapterOptions? adapter, IPolicy model) =>
        adapter is null || PeftAdapter.Trains(model, adapter.ModulesToSave);

    /// <summary>Returns the format of the frozen policy (<see cref="IStrategy.BaseWeights"/>).</summary>
    /// <param name="adapter">The options of the adapter, or null for no adapter.</param>
    public static WeightFormat? BaseWeights(AdapterOptions? adapter) =>
        adapter is null ? null : LoraUpdates.BaseWeights(adapter.BaseWeights);

    /// <summary>The policy.</summary>
    public IPolicy Model => _run.Model;

    /// <summary>The adapter, or null if the whole model is trained.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>Log-probabilities under the reference, without gradients.</summary>
    /// <param name="evaluate">Maps a policy to a tensor in the current dispose scope.</param>
    public Tensor UnderReference(Func<IPolicy, Tensor> evaluate)
    {
        using IDisposable untracked = torch.no_grad();
        using IDisposable? off = _baseIsFrozen ? Adapter?.Off() : null;
        return evaluate(_baseIsFrozen ? Model : _run.Reference);
    }

    /// <summary>Detaches the adapter.</summary>
    public void Dispose() => Adapter?.Dispose();
}
