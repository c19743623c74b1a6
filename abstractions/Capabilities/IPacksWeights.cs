namespace Tenon;

/// <summary>
/// A model that keeps packed copies of its weights for token-by-token generation, which is limited by memory bandwidth.
/// </summary>
public interface IPacksWeights : IModel
{
    /// <summary>
    /// Creates the copies. Forward passes without gradients use them from then on. They do not follow changes of the weights:
    /// call this again after a change. The model owns the copies.
    /// </summary>
    /// <param name="format">Format of the copies; null to drop the copies and use the weights.</param>
    /// <exception cref="ModelException">
    /// The model's device does not support the format, or the model has only weights of another format
    /// (<see cref="BuildContext.PackedOnly"/>); existing copies are unchanged.
    /// </exception>
    void PackWeights(WeightFormat? format);

    /// <summary>
    /// Packs a weight that a model built with <see cref="BuildContext.PackedOnly"/> keeps only in that format. The weight is packed
    /// part by part while it is read. In the state dictionary, such a weight has a shape but no values.
    /// </summary>
    /// <param name="name">Name in the state dictionary.</param>
    /// <param name="rows">
    /// Reads rows of the weight, given the index of the first row and the number of rows. Returns a float32 tensor on the CPU, in the
    /// current dispose scope.
    /// </param>
    /// <returns>False, without any effect, if the model keeps the parameter itself; the caller then fills the parameter.</returns>
    bool LoadPacked(string name, Func<long, long, Tensor> rows) => false;

    /// <summary>Bytes of all weights: packed ones (<see cref="BuildContext.PackedOnly"/>) in their format, others in float32.</summary>
    long WeightBytes => Module.parameters().Sum(parameter => parameter.numel()) * sizeof(float);
}
