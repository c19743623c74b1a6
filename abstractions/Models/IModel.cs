using TorchSharp;

namespace Tenon;

/// <summary>
/// The least that a model is: a module with parameters, and its own training objective. What else it can do its other
/// interfaces say (<see cref="ICausalLanguageModel"/>, <see cref="IClassifier"/>, …). Used by one thread at a time.
/// </summary>
public interface IModel : IDisposable
{
    /// <summary>
    /// The module: parameters, buffers, train and eval mode. The names in its state dictionary are those of the
    /// reference implementation, so that checkpoints are exchanged without a table of names.
    /// </summary>
    torch.nn.Module Module { get; }

    /// <summary>
    /// The objective of pre-training and fine-tuning, a float32 scalar: the mean over <see cref="Batch.Targets"/> terms.
    /// </summary>
    /// <param name="batch">Made by one of the model's <see cref="ICollate{TExample}"/>; on the model's device. Not disposed.</param>
    /// <returns>A tensor in the current dispose scope, with the graph for <c>backward</c>.</returns>
    Tensor Loss(Batch batch);

    /// <summary>
    /// Every output that the reference implementation names and that is asked for: <c>logits</c>, <c>loss</c>,
    /// <c>last_hidden_state</c>, <c>hidden_states.0</c>, …. <c>tenon parity</c> compares them with reference data.
    /// </summary>
    /// <param name="inputs">Tensors with the reference's names. Not disposed.</param>
    /// <param name="requested">The names wanted.</param>
    /// <returns>Those of the requested outputs that the model has, in the current dispose scope, float32, with graph.</returns>
    IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested);

    /// <summary>
    /// What keeps the model, with the options that it was built with, from what one of its interfaces says: a BERT whose head
    /// tells words apart is no <see cref="IPolicy"/>. Asked before a run makes anything.
    /// </summary>
    /// <param name="capability">An interface that the model's class has.</param>
    /// <returns>Sentences with the way out; null when nothing does.</returns>
    string? UnsupportedReason(Type capability) => null;
}

/// <summary>A model of text in tokens, whichever way it predicts them.</summary>
public interface ILanguageModel : IModel
{
    /// <summary>Number of token ids, V.</summary>
    int VocabularySize { get; }

    /// <summary>Most tokens that one sequence may have, special tokens included.</summary>
    int ContextLength { get; }
}

/// <summary>What one forward pass costs, for <c>tenon plan</c>.</summary>
/// <param name="Unit">What is counted: <c>token</c>, <c>image</c>.</param>
/// <param name="UnitsPerExample">Units in one training example.</param>
/// <param name="ForwardFlop">Floating-point operations of one unit's forward pass; a multiply-add counts two.</param>
/// <param name="ActivationBytes">Bytes kept per unit for the backward pass at the run's precision, when everything is kept.</param>
public sealed record ModelCost(string Unit, long UnitsPerExample, double ForwardFlop, double ActivationBytes)
{
    /// <summary>The same when the backward pass computes each block once more; null when the model has no such way.</summary>
    public double? CheckpointedActivationBytes { get; init; }

    /// <summary>Whether the model's options ask for that; it costs another forward pass.</summary>
    public bool IsCheckpointed { get; init; }
}

/// <summary>A model that can say what a forward pass costs without running one.</summary>
public interface IHasCost : IModel
{
    /// <summary>The cost at the model's full input length.</summary>
    ModelCost Cost { get; }
}
