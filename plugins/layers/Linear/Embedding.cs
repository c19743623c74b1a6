namespace Tenon.Layers;

/// <summary>
/// A table of vectors looked up by index. Unlike torch's own module, it is created directly on its device, so on the meta device
/// a table of any size costs nothing, and its weight can be shared with an output head.
/// </summary>
public sealed class Embedding : NamedModule<Tensor, Tensor>, IDividedLayer
{
    private readonly WeightFormat? _packedOnly;
    private VocabularyPart? _part;
    private LayerRanks? _ranks;

    /// <summary>Creates an uninitialized table. State name: <c>weight</c>.</summary>
    /// <param name="count">Number of vectors, N.</param>
    /// <param name="size">Size of each, E.</param>
    /// <param name="context">The device of the model.</param>
    /// <param name="packs">
    /// Whether to keep the table only in the model's packed format (<see cref="BuildContext.PackedOnly"/>), if there is one. Worth it
    /// for large tables, such as the token embedding.
    /// </param>
    public Embedding(long count, long size, BuildContext context, bool packs = false) : base(nameof(Embedding))
    {
        ArgumentNullException.ThrowIfNull(context);
        _packedOnly = packs ? PackedWeight.OfTable(context.PackedOnly) : null;
        register_parameter("weight", AbsentWeight.CreateOr([count, size], context, _packedOnly));
    }

    /// <summary>
    /// Whether several processes divide the vectors (vocabulary parallelism: Shoeybi et al. 2019, section 3), as those of tokens.
    /// </summary>
    public bool IsDivided { get; init; }

    /// <summary>The positions of the vectors of ids [B, T], if processes divide the sequence at present; otherwise null.</summary>
    public DimensionPart? SequencePart => _part?.Ranks.Sequence;

    /// <summary>float32 [N, E], or the rows of this process. Owned by the layer.</summary>
    public Parameter Weight => get_parameter("weight")!;

    /// <summary>The packed table, or null if <see cref="Weight"/> is the table.</summary>
    internal PackedWeight? Packed { get; private set; }

    /// <summary>Bytes of the table, if it exists only in a packed format; otherwise 0.</summary>
    internal long PackedBytes => _packedOnly is { } format ? PackedWeight.Bytes(Weight.size(0), Weight.size(1), format) : 0;

    /// <summary>Looks up vectors.</summary>
    /// <param name="ids">int64 of any shape, each in [0, N). Not disposed.</param>
    /// <returns>float32 [..., E] in the current dispose scope.</returns>
    public override Tensor forward(Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        // Not Weight.index([ids]): on a CPU its backward pass adds the rows of a token in the order in which threads arrive, so a
        // run would not be reproducible bit for bit.
        using DisposeScope scope = torch.NewDisposeScope();
        if (_part is { } part)
            return part.Rows(Weight, ids).MoveToOuterDisposeScope();
        Tensor index = ids.reshape(-1);
        Tensor rows = Packed?.Rows(index) ?? (_ranks?.EnterSequence(Weight) ?? Weight).index_select(0, index);
        return rows.reshape([.. ids.shape, Weight.size(1)]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The table exists only in a packed format.</exception>
    public IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        _ranks = ranks;
        if (!IsDivided)
            return new Dictionary<string, TensorDivision>();
        AbsentWeight.CheckDivision(_packedOnly);
        _part = new VocabularyPart(ranks, Weight.size(0));
        KeepPart("weight", _part.Division, ranks);
        return new Dictionary<string, TensorDivision> { ["weight"] = _part.Division };
    }

    /// <summary>Packs the table while it is read (<see cref="IPacksWeights.LoadPacked"/>).</summary>
    /// <param name="rows">Reads rows of the table.</param>
    /// <returns>False, without any effect, if the layer keeps the table itself.</returns>
    internal bool LoadPacked(Func<long, long, Tensor> rows)
    {
        if (_packedOnly is not { } format)
            return false;
        Packed?.Dispose();
        Packed = PackedWeight.Of(Weight.size(0), Weight.size(1), rows, bias: null, format, torch.CPU);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Packed?.Dispose();
        base.Dispose(disposing);
    }
}
