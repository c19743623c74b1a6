namespace Tenon.Layers;

/// <summary>What every decoder-only transformer has, whatever its blocks are made of. All sizes are resolved.</summary>
public sealed record DecoderConfiguration
{
    /// <summary>Number of token ids, V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Number of blocks, L.</summary>
    public required int Layers { get; init; }

    /// <summary>Size of the hidden state, E.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Query heads in each block.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads in each block, H; fewer than query heads in grouped-query attention (Ainslie et al. 2023).</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Size of each head, D.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Size inside the feed-forward network, F.</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>The token that starts a document; null: none.</summary>
    public int? BeginOfText { get; init; }

    /// <summary>The token that ends a document; null: none.</summary>
    public int? EndOfText { get; init; }

    /// <summary>Whether the backward pass recomputes each block (<see cref="Layers.ActivationCheckpointing"/>).</summary>
    public bool ActivationCheckpointing { get; init; }
}
