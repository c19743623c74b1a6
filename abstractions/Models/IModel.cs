using TorchSharp;

namespace Tenon;

/// <summary>
/// A model: a module with parameters and a training objective. Capability interfaces (<see cref="ICausalLanguageModel"/>,
/// <see cref="IClassifier"/>, …) declare what else it can do. Used by one thread at a time.
/// </summary>
public interface IModel : IDisposable
{
    /// <summary>
    /// The module: parameters, buffers, train and eval mode. The names in its state dictionary are those of the reference
    /// implementation, so that checkpoints are interchangeable.
    /// </summary>
    torch.nn.Module Module { get; }

    /// <summary>
    /// Computes the objective of pre-training and fine-tuning, a float32 scalar: the mean over <see cref="Batch.Targets"/> terms.
    /// </summary>
    /// <param name="batch">Created by one of the model's <see cref="ICollate{TExample}"/>; on the model's device. Not disposed.</param>
    /// <returns>A tensor in the current dispose scope, with the graph for <c>backward</c>.</returns>
    Tensor Loss(Batch batch);

    /// <summary>
    /// Computes the requested outputs, named as in the reference implementation: <c>logits</c>, <c>loss</c>,
    /// <c>last_hidden_state</c>, <c>hidden_states.0</c>, …. <c>tenon parity</c> compares them with reference data.
    /// </summary>
    /// <param name="inputs">Tensors with the reference's names. Not disposed.</param>
    /// <param name="requested">Names of the outputs.</param>
    /// <returns>The requested outputs that the model has, in the current dispose scope, float32, with graph.</returns>
    IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested);

    /// <summary>
    /// Explains why the model, as configured, does not support one of its interfaces: a BERT with a token classification head is
    /// not an <see cref="IPolicy"/>. Called before a run creates anything.
    /// </summary>
    /// <param name="capability">An interface that the model's class implements.</param>
    /// <returns>The reason and how to fix it; null if the capability is supported.</returns>
    string? UnsupportedReason(Type capability) => null;
}

/// <summary>A model of tokenized text.</summary>
public interface ILanguageModel : IModel
{
    /// <summary>Number of token ids, V.</summary>
    int VocabularySize { get; }

    /// <summary>Maximum tokens in a sequence, including special tokens.</summary>
    int ContextLength { get; }
}

/// <summary>The cost of a forward pass, for <c>tenon plan</c>.</summary>
/// <param name="Unit">The unit: <c>token</c> or <c>image</c>.</param>
/// <param name="UnitsPerExample">Units in one training example.</param>
/// <param name="ForwardFlop">Floating-point operations per unit in a forward pass; a multiply-add counts as two.</param>
/// <param name="ActivationBytes">
/// Bytes per unit kept for the backward pass at the run's precision, without activation checkpointing.
/// </param>
public sealed record ModelCost(string Unit, long UnitsPerExample, double ForwardFlop, double ActivationBytes)
{
    /// <summary><see cref="ActivationBytes"/> with activation checkpointing; null if the model does not support it.</summary>
    public double? CheckpointedActivationBytes { get; init; }

    /// <summary>Whether the model's options enable activation checkpointing, which costs another forward pass.</summary>
    public bool IsCheckpointed { get; init; }

    /// <summary>The equal layers that tensor and pipeline parallelism divide; null if the model is not a stack of them.</summary>
    public EqualLayers? Layers { get; init; }
}

/// <summary>The equal transformer layers of a model, which several GPUs can share.</summary>
/// <param name="Count">Number of layers, L.</param>
/// <param name="HiddenSize">Size of the hidden state, E.</param>
/// <param name="Heads">Attention heads in each layer, H, which tensor parallelism divides.</param>
/// <param name="ForwardFlop">Operations per unit of all layers in a forward pass, a part of <see cref="ModelCost.ForwardFlop"/>.</param>
public sealed record EqualLayers(int Count, int HiddenSize, int Heads, double ForwardFlop)
{
    /// <summary>Positions of the hidden state per unit: 1 for a token, the number of patches for an image.</summary>
    public int PositionsPerUnit { get; init; } = 1;

    /// <summary>Numbers that a key/value cache holds for one position in one layer; 0 if the model generates without a cache.</summary>
    public int CachedNumbers { get; init; }
}

/// <summary>A model that knows the cost of a forward pass without running one.</summary>
public interface IHasCost : IModel
{
    /// <summary>The cost at the model's full input length.</summary>
    ModelCost Cost { get; }
}
