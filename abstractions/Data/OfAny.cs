namespace Tenon;

/// <summary>Makes batches of one kind of example, and is given them as examples of any kind.</summary>
/// <typeparam name="TExample">The kind.</typeparam>
/// <param name="collate">Makes the batches.</param>
internal sealed class CollateOfAny<TExample>(ICollate<TExample> collate) : ICollate<Example> where TExample : Example
{
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<Example> examples, CollateContext context) => collate.Collate([.. examples.Cast<TExample>()], context);
}

/// <summary>Packs one kind of example, and is given them as examples of any kind.</summary>
/// <typeparam name="TExample">The kind.</typeparam>
/// <param name="packs">Packs them.</param>
internal sealed class PacksOfAny<TExample>(IPacks<TExample> packs) : IPacks<Example> where TExample : Example
{
    /// <inheritdoc/>
    public int RowLength => packs.RowLength;

    /// <inheritdoc/>
    public int Length(Example example, ITokenizer? tokenizer) => packs.Length((TExample)example, tokenizer);

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<Example> examples, CollateContext context) => packs.Collate([.. examples.Cast<TExample>()], context);

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<IReadOnlyList<Example>> rows, CollateContext context) =>
        packs.Collate([.. rows.Select(row => (IReadOnlyList<TExample>)[.. row.Cast<TExample>()])], context);
}
