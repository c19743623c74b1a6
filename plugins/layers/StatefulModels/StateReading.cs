namespace Tenon.Layers;

/// <summary>What models whose networks have a state do in the same way.</summary>
internal static class StateReading
{
    /// <summary>Reads tokens after those of a cache, or from the start.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="attentionMask">
    /// int64 [B, T], 1 for a token and 0 for padding; null if there is none. With a cache, padding is on the left. Not disposed.
    /// </param>
    /// <param name="start">Creates the state before the first token, without a cache.</param>
    /// <param name="cache">A cache of the model, or null.</param>
    /// <param name="lastOnly">Whether only the last position is returned.</param>
    /// <returns>float32 [B, T or 1, H] in the current dispose scope.</returns>
    /// <exception cref="ModelException">The cache belongs to another model, or the tokens do not fit in it.</exception>
    public static Tensor ReadAll(
        this IStateReader model, Tensor inputIds, Tensor? attentionMask, Func<IReadOnlyList<Tensor>> start, IKeyValueCache? cache = null,
        bool lastOnly = false)
    {
        if (cache is not (null or StateCache))
            throw new ModelException($"The cache is a {cache.GetType().Name}. Create it with this model's NewCache.");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor output = (cache as StateCache)?.Read(inputIds, attentionMask) ?? FromStart();
        if (lastOnly)
            output = output.narrow(1, output.size(1) - 1, 1); // [B, T, H] -> [B, 1, H]
        return output.MoveToOuterDisposeScope();

        // Later padding changes nothing before it, so rows need no lengths.
        Tensor FromStart()
        {
            var rows = new AlignedRows(inputIds, attentionMask);
            return rows.Restore(model.Read(rows.InputIds, start(), lengths: null).Output);
        }
    }

    /// <summary>Refuses inputs that are longer than the context.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="contextLength">Maximum T.</param>
    /// <exception cref="ModelException">T is larger.</exception>
    public static void CheckLength(Tensor inputIds, int contextLength)
    {
        if (inputIds.size(1) > contextLength)
        {
            throw new ModelException(
                $"The input has {inputIds.size(1)} tokens, but the context length is {contextLength}. Shorten the input.");
        }
    }
}
