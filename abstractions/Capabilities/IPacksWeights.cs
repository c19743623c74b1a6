namespace Tenon;

/// <summary>A model that keeps copies of its weights for generating token by token, where reading weights takes the time.</summary>
public interface IPacksWeights : IModel
{
    /// <summary>
    /// Makes the copies; forward passes without gradients use them from then on. They do not follow the weights: call it
    /// again when these have changed. The copies are the model's, and go with it.
    /// </summary>
    /// <param name="format">Their form; null: no copies, the weights themselves.</param>
    /// <exception cref="ModelException">The model's device has no products of that form; copies are as they were.</exception>
    void PackWeights(WeightFormat? format);
}
