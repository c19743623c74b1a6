using TorchSharp;

namespace Tenon;

/// <summary>
/// A model that is a sequence of layers, so that several processes can each compute some of them (pipeline parallelism; Huang et al.
/// 2019). A parameter of a layer is used only in this layer; other parameters, such as embeddings and the head, only before the first
/// layer and after the last one.
/// </summary>
public interface IStaged : IModel
{
    /// <summary>The layers, in the order in which data flows. A stage consists of consecutive ones.</summary>
    IReadOnlyList<torch.nn.Module> Layers { get; }

    /// <summary>The shape of the hidden state between two layers, which is float32.</summary>
    /// <param name="batch">The batch. Not disposed.</param>
    IReadOnlyList<long> HiddenShape(Batch batch);

    /// <summary>
    /// Computes one stage of <see cref="IModel.Loss"/>. In training, what is dropped in a layer depends on the state of torch's generator
    /// when the stage begins, and every stage leaves the generator in the same state, so that the stages together compute the same loss
    /// as the whole model.
    /// </summary>
    /// <param name="batch">The same batch in all stages. Not disposed.</param>
    /// <param name="first">The first layer of the stage; with 0, it begins with what comes before the layers.</param>
    /// <param name="count">Number of layers, at least 1; with the last layer, it ends with what comes after them.</param>
    /// <param name="hidden">The result of the stage before; null for the first stage. Not disposed.</param>
    /// <returns>The hidden state after the stage, or the loss, in the current dispose scope, with graph.</returns>
    Tensor Stage(Batch batch, int first, int count, Tensor? hidden);
}
