namespace Tenon.Host.Data;

/// <summary>Finds tokens of a tokenizer for which a model's embedding has no rows, such as tokens that were added later.</summary>
internal static class KnownTokens
{
    private const int Shown = 5;

    /// <summary>Refuses ids for which the embedding has no row.</summary>
    /// <param name="ids">Ids of a text.</param>
    /// <param name="tokenizer">The tokenizer that produced them.</param>
    /// <param name="rows">Rows of the embedding.</param>
    /// <exception cref="ModelException">The embedding has no row for an id.</exception>
    public static void Check(IEnumerable<int> ids, ITokenizer tokenizer, int rows)
    {
        foreach (int id in ids)
        {
            if (id >= rows)
            {
                throw new ModelException(
                    $"The text has the token '{tokenizer.TokenText(id)}' (id {id}), but the model's embedding has rows only for the ids " +
                    $"0 … {rows - 1}. " +
                    "Remove it from the text, or use a model whose embedding was enlarged for it.");
            }
        }
    }

    /// <summary>Returns a sentence about the tokens for which the embedding has no row; null if there are none.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="rows">Rows of the embedding.</param>
    public static string? Missing(ITokenizer tokenizer, int rows)
    {
        int missing = tokenizer.VocabularySize - rows;
        if (missing <= 0)
            return null;
        IEnumerable<string> texts = Enumerable.Range(rows, Math.Min(missing, Shown)).Select(id => $"'{tokenizer.TokenText(id)}' ({id})");
        return $"The tokenizer has {tokenizer.VocabularySize} ids, but the model's embedding has {rows} rows. Texts with these tokens " +
            $"are refused: {string.Join(", ", texts)}{(missing > Shown ? $" and {missing - Shown} more" : "")}.";
    }
}
