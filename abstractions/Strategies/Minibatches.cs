namespace Tenon;

/// <summary>
/// Marks a strategy's option as the number of rows per forward pass, out of a batch of <c>training:batchSize</c> rows;
/// <c>training:accumulate</c> passes make one update (<see cref="Minibatches"/>). A recipe whose batch yields fewer minibatches
/// than one update needs is refused before anything is loaded.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MinibatchSizeAttribute : Attribute;

/// <summary>The minibatches of a batch.</summary>
public static class Minibatches
{
    /// <summary>Divides a batch into minibatches.</summary>
    /// <param name="rows">Rows of the batch, 1 or more.</param>
    /// <param name="size">Rows per minibatch, 1 or more; null to use the whole batch in one update.</param>
    /// <param name="accumulate">Minibatches per update, 1 or more.</param>
    /// <returns>Rows per minibatch (the last may have fewer) and the number of minibatches.</returns>
    public static (int Size, int Count) Of(int rows, int? size, int accumulate)
    {
        int each = Math.Min(size ?? Parts(rows, accumulate), rows);
        return (each, Parts(rows, each));
    }

    private static int Parts(int whole, int size) => (whole + size - 1) / size;
}
