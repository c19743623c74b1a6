namespace Tenon.Host.Data;

/// <summary>A row that several examples share.</summary>
/// <param name="Examples">At least one.</param>
internal sealed record PackedRow(IReadOnlyList<Example> Examples) : Example;

/// <summary>
/// Examples packed into rows by online best fit: each goes into the row where it leaves the least space. Which examples share a row
/// is a function of data and seed and is fixed for the whole run; the order of the rows changes with each pass.
/// </summary>
internal sealed class PackedRows : IExamples<PackedRow>
{
    private readonly IExamples<Example> _examples;
    private readonly List<List<long>> _rows;

    private PackedRows(IExamples<Example> examples, List<List<long>> rows) => (_examples, _rows) = (examples, rows);

    /// <inheritdoc/>
    public long Count => _rows.Count;

    /// <inheritdoc/>
    public PackedRow this[long index] => new([.. _rows[checked((int)index)].Select(place => _examples[place])]);

    /// <summary>Packs examples.</summary>
    /// <param name="examples">At least one. Each is read once.</param>
    /// <param name="packs">Determines the lengths of examples and rows.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    /// <param name="random">Its seed determines the order in which examples are packed.</param>
    /// <exception cref="DataException">The model does not accept an example.</exception>
    public static PackedRows Of(IExamples<Example> examples, IPacks<Example> packs, ITokenizer? tokenizer, SeededRandom random)
    {
        int length = packs.RowLength;
        var rows = new List<List<long>>();
        // Open rows by remaining space.
        var open = new Stack<List<long>>[length + 1];
        for (int room = 0; room <= length; room++)
            open[room] = new Stack<List<long>>();
        var order = new Permutation(examples.Count, random);
        for (long i = 0; i < examples.Count; i++)
        {
            int needed = packs.Length(examples[order[i]], tokenizer);
            int room = needed;
            while (room <= length && open[room].Count == 0)
                room++;
            List<long> row;
            if (room <= length)
            {
                row = open[room].Pop();
            }
            else
            {
                rows.Add(row = []);
                room = length;
            }

            row.Add(order[i]);
            open[room - needed].Push(row);
        }

        return new PackedRows(examples, rows);
    }
}

/// <summary>Passes packed rows to the model.</summary>
internal sealed class PackedRowCollate(IPacks<Example> packs) : ICollate<PackedRow>
{
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<PackedRow> examples, CollateContext context) =>
        packs.Collate([.. examples.Select(row => row.Examples)], context);
}
