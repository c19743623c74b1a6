namespace Tenon;

/// <summary>The update of one linear map: Scale·B·A is added to its weight (LoRA; Hu et al. 2021, equation 3).</summary>
/// <param name="A">[r, in]. Owned by the adapter.</param>
/// <param name="B">[out, r]. Owned by the adapter.</param>
/// <param name="Scale">Scale of the product, including <see cref="IWeightAdapter.Factor"/>.</param>
public sealed record LowRankUpdate(Tensor A, Tensor B, double Scale);

/// <summary>An adapter that consists of products of two small matrices, which other programs can apply as well.</summary>
public interface ILowRankAdapter : IWeightAdapter
{
    /// <summary>Returns the updates by the names of the linear maps in the model.</summary>
    /// <exception cref="ModelException">The adapter also changes something else, which the message names.</exception>
    IReadOnlyDictionary<string, LowRankUpdate> GetUpdates();
}
