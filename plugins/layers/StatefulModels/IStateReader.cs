namespace Tenon.Layers;

/// <summary>A network that reads tokens and keeps a state, as <see cref="StateCache"/> sees it.</summary>
internal interface IStateReader
{
    /// <summary>Reads tokens.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="state">The state before them; the first dimension of each tensor is B. Not disposed.</param>
    /// <param name="lengths">Number of tokens in each row, 1 … T; the rest of a row is padding. Null if there is no padding.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    StatePass Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths);

    /// <summary>The state before the first token of the same rows.</summary>
    /// <param name="state">The state after any tokens. Not disposed.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    IReadOnlyList<Tensor> Restart(IReadOnlyList<Tensor> state);
}
