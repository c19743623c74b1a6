using TorchSharp;

namespace Tenon;

/// <summary>A model that predicts masked tokens from context on both sides (BERT).</summary>
public interface IMaskedLanguageModel : ILanguageModel
{
    /// <summary>Unnormalized log-probabilities of the token at each position.</summary>
    /// <param name="batch">
    /// <see cref="BatchNames.InputIds"/> and optionally <see cref="BatchNames.AttentionMask"/> and
    /// <see cref="BatchNames.TokenTypeIds"/>. Not disposed.
    /// </param>
    /// <returns>float32 [B, T, V] in the current dispose scope.</returns>
    Tensor TokenLogits(Batch batch);

    /// <summary><see cref="TokenLogits"/> at labelled positions only, which is cheaper.</summary>
    /// <param name="batch">As for <see cref="TokenLogits"/>, with <see cref="BatchNames.Labels"/> [B, T]. Not disposed.</param>
    /// <returns>float32 [M, V], in row-major order of the positions, in the current dispose scope.</returns>
    Tensor TargetLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return TokenLogits(batch)[batch[BatchNames.Labels].ne(BatchNames.Ignored)].MoveToOuterDisposeScope();
    }
}
