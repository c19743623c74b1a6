namespace Tenon.Layers;

/// <summary>Splits a hidden state into attention heads and merges them again (Vaswani et al. 2017, section 3.2.2).</summary>
public static class MultiHead
{
    /// <summary>[B, T, H·D] -> [B, H, T, D].</summary>
    /// <param name="hidden">Not disposed.</param>
    /// <param name="headSize">D, a divisor of the last dimension.</param>
    /// <returns>A view in the current dispose scope.</returns>
    public static Tensor Split(Tensor hidden, int headSize)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor split = hidden.view(hidden.size(0), hidden.size(1), hidden.size(2) / headSize, headSize);
        return split.transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>[B, H, T, D] -> [B, T, H·D].</summary>
    /// <param name="heads">Not disposed.</param>
    /// <returns>A tensor in the current dispose scope.</returns>
    public static Tensor Merge(Tensor heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor together = heads.transpose(1, 2);
        return together.reshape(heads.size(0), heads.size(2), heads.size(1) * heads.size(3)).MoveToOuterDisposeScope();
    }
}
