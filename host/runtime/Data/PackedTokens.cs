using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>
/// Blocks cut from packed documents. Blocks overlap by the number of tokens that the model requests; an incomplete block at the end
/// is dropped.
/// </summary>
internal sealed class PackedTokens : IExamples<TokenBlock>
{
    private readonly TokenStore _store;

    /// <summary>Cuts the tokens of a store into blocks. The caller owns the store.</summary>
    /// <param name="store">The tokens.</param>
    /// <param name="length">Tokens per block, at least 2.</param>
    /// <param name="overlap">Tokens that a block shares with the previous one, in [0, length).</param>
    /// <param name="what">Name of the text in error messages: <c>training text</c>.</param>
    /// <exception cref="DataException">There are too few tokens for one block.</exception>
    public PackedTokens(TokenStore store, int length, int overlap, string what)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, length);
        if (store.Count < length)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"The {what} has {store.Count:N0} tokens in {store.Documents:N0} {(store.Documents == 1 ? "document" : "documents")}; a " +
                $"block for the model has {length:N0}. Use more text, hold out a larger or smaller share (validation:share), or use a " +
                $"shorter context."));
        }

        (_store, BlockLength, BlockOverlap) = (store, length, overlap);
        Count = (store.Count - overlap) / (length - overlap);
    }

    /// <summary>Tokens per block.</summary>
    public int BlockLength { get; }

    /// <summary>Tokens that a block shares with the previous one.</summary>
    public int BlockOverlap { get; }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    public TokenBlock this[long index]
    {
        get
        {
            if (index < 0 || index >= Count)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} blocks.");
            int[] ids = new int[BlockLength];
            _store.Read(index * (BlockLength - BlockOverlap), ids);
            return new TokenBlock(ids);
        }
    }
}
