namespace Tenon.Rlhf;

/// <summary>Log-probabilities of a batch's responses under the policy.</summary>
internal static class Responses
{
    // The model's own distribution: nothing is sampled.
    private static readonly SamplingOptions AsIs = new();

    /// <summary>log π(response | prompt), summed over the tokens that have a label.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="batch">Prompts and responses, collated by the model. Not disposed.</param>
    /// <returns>float32 [rows] in the current dispose scope, with graph.</returns>
    public static Tensor LogProbabilities(IPolicy model, Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mask = batch[BatchNames.Labels].ne(BatchNames.Ignored).to(torch.ScalarType.Float32); // [rows, T]
        Tensor none = torch.zeros_like(mask);
        // The rollout itself is not disposed, because its states belong to the batch.
        var given = new Rollout(batch, none, mask);
        try
        {
            return model.Evaluate(given, AsIs).LogProbabilities.sum(1L).MoveToOuterDisposeScope(); // [rows, T] -> [rows]
        }
        finally
        {
            none.Dispose();
            mask.Dispose();
        }
    }
}
