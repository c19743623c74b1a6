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
    /// <exception cref="ModelException">The model's device does not support the format; existing copies are unchanged.</exception>
    void PackWeights(WeightFormat? format);
}
