namespace Tenon.Layers;

/// <summary>The tokens of which this process has the embeddings and the logits (Shoeybi et al. 2019, section 3).</summary>
public sealed class VocabularyPart
{
    /// <summary>Divides a vocabulary. The parts may differ in size by 1.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="size">Number of all tokens, V; at least as many as processes.</param>
    public VocabularyPart(LayerRanks ranks, long size)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        (Ranks, Division) = (ranks, new TensorDivision(0, size));
        (First, Count) = Division.RangeOf(ranks.Rank, ranks.Size);
    }

    /// <summary>The processes.</summary>
    public LayerRanks Ranks { get; }

    /// <summary>How the tokens are divided.</summary>
    public TensorDivision Division { get; }

    /// <summary>The first token of this process.</summary>
    public long First { get; }

    /// <summary>Number of its tokens.</summary>
    public long Count { get; }

    /// <summary>Tokens of the largest part.</summary>
    public long Longest => (Division.Length + Ranks.Size - 1) / Ranks.Size;

    /// <summary>The part of a vector over the vocabulary that every process has.</summary>
    /// <param name="whole">[V]. Not disposed.</param>
    /// <returns>A view in the current dispose scope.</returns>
    public Tensor Of(Tensor whole) => Ranks.EnterParameter(whole).narrow(0, First, Count);

    /// <summary>Looks up rows of a divided table.</summary>
    /// <param name="table">float32 [V of this process, E]. Not disposed.</param>
    /// <param name="ids">int64 of any shape, each in [0, V). Not disposed.</param>
    /// <returns>
    /// float32 [..., E] in the current dispose scope; of ids [B, T], the positions of this process if the processes divide the sequence.
    /// </returns>
    internal Tensor Rows(Tensor table, Tensor ids)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor index, Tensor isOwn) = Own(ids.reshape(-1));
        Tensor rows = table.index_select(0, index) * isOwn.unsqueeze(1);
        return Ranks.Sum(rows.reshape([.. ids.shape, table.size(1)])).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the tokens as indices into the part, and 1 in float32 for those of this process, 0 for others.</summary>
    /// <param name="ids">int64 [N]. Not disposed.</param>
    internal (Tensor Index, Tensor IsOwn) Own(Tensor ids)
    {
        Tensor index = ids - First;
        return (index.clamp(0, Count - 1), (index.ge(0) & index.lt(Count)).to(torch.ScalarType.Float32));
    }
}
