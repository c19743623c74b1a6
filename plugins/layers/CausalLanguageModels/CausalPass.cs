namespace Tenon.Layers;

/// <summary>The inputs of one forward pass of a <see cref="CausalTransformer"/> other than token ids.</summary>
public sealed record CausalPass
{
    /// <summary>int64 [B, T], 1 for a token and 0 for padding, or null if there is no padding.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>
    /// Whether padding takes up no positions, so that it can be on the left. If false, it takes up positions, as in
    /// transformers when no positions are given.
    /// </summary>
    public bool PositionsSkipPadding { get; init; } = true;

    /// <summary>int64 [B, T]: positions of the tokens, or null to count them.</summary>
    public Tensor? PositionIds { get; init; }

    /// <summary>
    /// int64 [B, T]: the sequence to which each token of a packed row belongs, or null if each row is one sequence.
    /// </summary>
    public Tensor? SequenceIds { get; init; }

    /// <summary>Virtual tokens, or null.</summary>
    public Prompt? Prompt { get; init; }

    /// <summary>Past keys and values, extended by this pass; or null.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>What cross-attention reads, for the decoder of a model with an encoder; otherwise null.</summary>
    public EncodedSources? Sources { get; init; }

    /// <summary>The first block and the number of blocks that this pass computes; null for all.</summary>
    public (int First, int Count)? Layers { get; init; }

    /// <summary>float32 [B, N, E]: the hidden state before the first of <see cref="Layers"/>; null to begin with the embeddings.</summary>
    public Tensor? Entering { get; init; }

    /// <summary>Receives the hidden state before each block and the final one; or null.</summary>
    public List<Tensor>? HiddenStates { get; init; }
}

/// <summary>The inputs of one block in a forward pass other than the hidden state. Tensors belong to the caller.</summary>
public sealed record BlockPass
{
    /// <summary>
    /// Added to the attention scores, in the type of the products (<see cref="AttentionMask"/>); null if nothing is masked, or
    /// if <see cref="IsCausal"/>.
    /// </summary>
    public Tensor? AttentionBias { get; init; }

    /// <summary>Whether each position attends to itself and those before it, without a bias.</summary>
    public bool IsCausal { get; init; }

    /// <summary>
    /// Maximum number of keys that a position attends to, including itself (<see cref="DecoderConfiguration.Window"/>), or null
    /// for all before it.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>Keys and values of virtual tokens of this layer, [2, H, P, D]; or null.</summary>
    public Tensor? Prefix { get; init; }

    /// <summary>From <see cref="CausalTransformer.Rotations"/>; null for models without rotary positions.</summary>
    public Tensor? Rotations { get; init; }

    /// <summary>Past keys and values, to be extended; or null.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>
    /// Whether <see cref="AttentionBias"/> contains a position bias (<see cref="CausalTransformer.PositionBias"/>) and the whole mask.
    /// </summary>
    public bool HasPositionBias { get; init; }

    /// <summary>What cross-attention reads; null for a decoder without an encoder.</summary>
    public EncodedSources? Sources { get; init; }

    /// <summary>The query heads of this process, if several divide them; otherwise null.</summary>
    public DimensionPart? Heads { get; init; }
}
