namespace Tenon;

/// <summary>A model that gives each sequence one number, the higher the better (Ouyang et al. 2022, section 3.5).</summary>
public interface IRewardModel : IModel, ICollate<PreferenceExample>
{
    /// <summary>Texts to judge, a row each. The caller disposes the batch.</summary>
    /// <param name="outcomes">At least one.</param>
    /// <param name="context">The tokenizer.</param>
    Batch Collate(IReadOnlyList<TextOutcome> outcomes, CollateContext context);

    /// <summary>The score of each row of a batch.</summary>
    /// <param name="batch">
    /// Made by one of the model's collates: of texts a row each, of B <see cref="PreferenceExample"/>s the preferred ones in
    /// rows 0 … B − 1 and the rejected ones in rows B … 2B − 1. Not disposed.
    /// </param>
    /// <returns>float32 [rows] in the current dispose scope, with graph.</returns>
    Tensor Rewards(Batch batch);
}
