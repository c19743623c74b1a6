namespace Tenon;

/// <summary>Adapts a collate function of one type of example to examples of any type.</summary>
/// <typeparam name="TExample">The type of example.</typeparam>
/// <param name="collate">Creates the batches.</param>
internal sealed class CollateOfAny<TExample>(ICollate<TExample> collate) : ICollate<Example> where TExample : Example
{
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<Example> examples, CollateContext context) =>
        collate.Collate([.. examples.Cast<TExample>()], context);
}

/// <summary>Adapts packing of one type of example to examples of any type.</summary>
/// <typeparam name="TExample">The type of example.</typeparam>
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
