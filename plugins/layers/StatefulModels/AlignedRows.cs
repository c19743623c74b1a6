namespace Tenon.Layers;

/// <summary>
/// Rows whose tokens are moved to the left, in front of their padding, so that a network with a state reads no padding before a token.
/// Tensors are in the dispose scope of the constructor's caller.
/// </summary>
internal sealed class AlignedRows
{
    private readonly Tensor? _places; // int64 [B, T]: for each position, its place among the aligned ones

    /// <summary>Aligns token ids.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, T], 1 for a token and 0 for padding, or null if there is none. Not disposed.</param>
    public AlignedRows(Tensor inputIds, Tensor? attentionMask)
    {
        InputIds = inputIds;
        if (attentionMask is null)
            return;
        long length = inputIds.size(1);
        // The keys differ within a row, so that the order of tokens is kept.
        Tensor keys = attentionMask.eq(0).to(torch.ScalarType.Int64) * length
            + torch.arange(length, torch.ScalarType.Int64, inputIds.device);
        Tensor order = keys.argsort(1);
        _places = order.argsort(1);
        InputIds = inputIds.gather(1, order);
    }

    /// <summary>int64 [B, T].</summary>
    public Tensor InputIds { get; }

    /// <summary>Moves outputs to the positions of their tokens.</summary>
    /// <param name="output">[B, T, E]. Not disposed.</param>
    /// <returns>[B, T, E] in the current dispose scope.</returns>
    public Tensor Restore(Tensor output) =>
        _places is null ? output : output.gather(1, _places.unsqueeze(2).expand(-1, -1, output.size(2)));
}
