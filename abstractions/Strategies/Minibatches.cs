namespace Tenon;

/// <summary>
/// Marks a strategy's option that says how many rows of a batch (<c>training:batchSize</c>) one forward pass has, of which
/// <c>training:accumulate</c> make an update (<see cref="Minibatches"/>). A recipe whose batch has fewer such parts is refused
/// before anything is loaded.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MinibatchSizeAttribute : Attribute;

/// <summary>The parts that a batch is learned from in.</summary>
public static class Minibatches
{
    /// <summary>Divides a batch.</summary>
    /// <param name="rows">Rows of the batch, 1 or more.</param>
    /// <param name="size">Rows of a part, 1 or more; null: so many that an update has the whole batch.</param>
    /// <param name="accumulate">Parts in an update, 1 or more.</param>
    /// <returns>Rows of each part, of which the last may have fewer, and how many parts there are.</returns>
    public static (int Size, int Count) Of(int rows, int? size, int accumulate)
    {
        int each = Math.Min(size ?? Parts(rows, accumulate), rows);
        return (each, Parts(rows, each));
    }

    private static int Parts(int whole, int size) => (whole + size - 1) / size;
}
