namespace Tenon.Text.Tables;

/// <summary>Texts with a class, from your tables. Classes are the distinct labels, sorted.</summary>
[Data("labelled-text", "Texts with a label, from CSV, TSV and JSON Lines", Stability = Stability.Preview)]
public sealed class LabelledTextData : IData<LabelledTextOptions, LabelledTextExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public LabelledTextData() : this(CacheFolder.OfUser()) { }

    internal LabelledTextData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<LabelledTextExample> Open(LabelledTextOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        (Table table, LabelSet labels) =
            Table.Open(options, [options.Text, options.Label], _cache, context).Labelled(column: 1, context.Reject);
        return table.Dataset(labels, cells => new LabelledTextExample(cells[0], labels[cells[1]]));
    }
}

/// <summary>Pairs of texts from your tables, such as translations or questions and answers, with an optional label.</summary>
[Data("text-pairs", "Pairs of texts, from CSV, TSV and JSON Lines", Stability = Stability.Preview)]
public sealed class TextPairsData : IData<TextPairsOptions, TextPairExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public TextPairsData() : this(CacheFolder.OfUser()) { }

    internal TextPairsData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<TextPairExample> Open(TextPairsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (options.Label is null)
        {
            return Table.Open(options, [options.First, options.Second], _cache, context)
                .Dataset(labels: null, cells => new TextPairExample(cells[0], cells[1]));
        }

        (Table table, LabelSet labels) =
            Table.Open(options, [options.First, options.Second, options.Label], _cache, context).Labelled(column: 2, context.Reject);
        return table.Dataset(labels, cells => new TextPairExample(cells[0], cells[1], labels[cells[2]]));
    }
}
