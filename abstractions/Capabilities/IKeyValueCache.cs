namespace Tenon;

/// <summary>
/// Keys and values of past tokens, so that only new tokens have to be computed. A cache is a list of rows, one per sequence, each
/// with its own length. Rows can be added, removed, reordered and copied between two forward passes. The caller of
/// <see cref="ICausalLanguageModel.NewCache"/> disposes it. Not thread-safe.
/// </summary>
public interface IKeyValueCache : IDisposable
{
    /// <summary>Number of tokens in each row; the list has one item per row.</summary>
    IReadOnlyList<int> Lengths { get; }

    /// <summary>Tokens that fit in each row.</summary>
    int Capacity { get; }

    /// <summary>Memory of keys and values in bytes, including unused rows; 0 if the cache does not report it.</summary>
    long Bytes => 0;

    /// <summary>Appends copies of the rows of another cache, such as a prompt that was processed while other rows generate.</summary>
    /// <param name="rows">A cache of the same model, whose rows fit in <see cref="Capacity"/>. Not modified.</param>
    /// <exception cref="ModelException">The cache belongs to another model, or one of its rows is too long.</exception>
    void Add(IKeyValueCache rows);

    /// <summary>Replaces the rows: rows are removed, reordered, or repeated as in beam search.</summary>
    /// <param name="rows">Indices of current rows, in the new order. Rows that are not listed are dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    void Select(IReadOnlyList<int> rows);

    /// <summary>Truncates a row, for example to drop tokens that speculative decoding rejected.</summary>
    /// <param name="row">Index of the row.</param>
    /// <param name="length">The row's new length, at most its current length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row or the length is out of range.</exception>
    void Truncate(int row, int length);
}
