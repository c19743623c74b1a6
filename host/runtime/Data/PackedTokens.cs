using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>
/// Blocks cut from packed documents. Blocks overlap by as many tokens as the model asks for; what is left at the end and
/// fills no block is left out.
/// </summary>
internal sealed class PackedTokens : IExamples<TokenBlock>
{
    private readonly TokenStore _store;

    /// <summary>Cuts the tokens of a store, which stays the caller's.</summary>
    /// <param name="store">The tokens.</param>
    /// <param name="length">Tokens in a block, at least 2.</param>
    /// <param name="overlap">Tokens that a block shares with the one before, in [0, length).</param>
    /// <param name="what">What errors call the text: <c>training text</c>.</param>
    /// <exception cref="DataException">There are too few tokens for one block.</exception>
    public PackedTokens(TokenStore store, int length, int overlap, string what)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, length);
        if (store.Count < length)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"The {what} has {store.Count:N0} tokens in {store.Documents:N0} {(store.Documents == 1 ? "document" : "documents")}; one block of the model takes {length:N0}. Use more text, hold out a larger or smaller share (validation:share), or give the model a shorter context."));
        }

        (_store, BlockLength, BlockOverlap) = (store, length, overlap);
        Count = (store.Count - overlap) / (length - overlap);
    }

    /// <summary>Tokens in a block.</summary>
    public int BlockLength { get; }

    /// <summary>Tokens that a block shares with the one before.</summary>
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
