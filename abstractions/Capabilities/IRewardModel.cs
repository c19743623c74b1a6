namespace Tenon;

/// <summary>A model that scores sequences; higher is better (Ouyang et al. 2022, section 3.5).</summary>
public interface IRewardModel : IModel, ICollate<PreferenceExample>
{
    /// <summary>Creates a batch of texts to score, one per row. The caller disposes it.</summary>
    /// <param name="outcomes">At least one.</param>
    /// <param name="context">The tokenizer.</param>
    Batch Collate(IReadOnlyList<TextOutcome> outcomes, CollateContext context);

    /// <summary>Returns the score of each row.</summary>
    /// <param name="batch">
    /// Created by one of the model's collates: one row per text; for B <see cref="PreferenceExample"/>s the chosen responses in
    /// rows 0 … B − 1 and the rejected ones in rows B … 2B − 1. Not disposed.
    /// </param>
    /// <returns>float32 [rows] in the current dispose scope, with graph.</returns>
    Tensor Rewards(Batch batch);
}
