namespace Tenon.Bart;

/// <summary>BART. It trains on pairs of texts, and on packed text by restoring hidden spans.</summary>
public sealed class BartModel : TransformerModel, ILearnsFromTokens
{
    private readonly TextInfilling _infilling;

    internal BartModel(BartOptions options, BuildContext context)
        : base(nameof(BartModel), options, TransformerSizes.Of(options, isBart: true), context) => _infilling = new TextInfilling(options);

    /// <summary>The context length minus the tokens around a text.</summary>
    /// <inheritdoc/>
    public int BlockLength => _infilling.BlockLength(ContextLength);

    /// <inheritdoc/>
    public int BlockOverlap => 0;

    /// <summary>
    /// The source is the block with hidden spans, the target the whole block. Outside training, a block always has the same spans.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        return Pad([.. examples.Select(example =>
            _infilling.Apply(example.Ids.ToArray(), context.Training ? context.Random : new SeededRandom(0), ContextLength))]);
    }
}

/// <summary>A Marian translation model, or the Transformer that it follows (Vaswani et al. 2017).</summary>
public sealed class MarianModel : TransformerModel
{
    internal MarianModel(MarianOptions options, BuildContext context)
        : base(nameof(MarianModel), options, TransformerSizes.Of(options, isBart: false), context)
    {
    }
}
