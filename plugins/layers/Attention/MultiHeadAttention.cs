namespace Tenon.Layers;

/// <summary>State names of the maps of a <see cref="MultiHeadAttention"/>.</summary>
/// <param name="Query">[E] -> [H·D].</param>
/// <param name="Key">[E] -> [H·D].</param>
/// <param name="Value">[E] -> [H·D].</param>
/// <param name="Output">[H·D] -> [E].</param>
public sealed record AttentionNames(string Query, string Key, string Value, string Output);

/// <summary>
/// Multi-head attention of encoders and decoders with its output map (Vaswani et al. 2017, section 3.2.2): to all positions, to the
/// preceding ones, or to an encoded source.
/// </summary>
public sealed class MultiHeadAttention : NamedModule
{
    private readonly int _headSize;
    private readonly double _scale;
    private readonly double _dropout;
    private readonly Autocast _autocast;

    /// <summary>Creates the maps with uninitialized weights.</summary>
    /// <param name="names">Their state names.</param>
    /// <param name="hidden">Size of the hidden state, E.</param>
    /// <param name="heads">Number of heads, H.</param>
    /// <param name="headSize">Size of a head, D.</param>
    /// <param name="scale">Scale of the attention scores.</param>
    /// <param name="bias">Whether the maps have a bias.</param>
    /// <param name="dropout">Probability of dropping an attention weight in training, in [0, 1).</param>
    /// <param name="context">Device and autocast of the model.</param>
    public MultiHeadAttention(
        AttentionNames names, int hidden, int heads, int headSize, double scale, bool bias, double dropout, BuildContext context)
        : base(nameof(MultiHeadAttention))
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(context);
        (_headSize, _scale, _dropout, _autocast) = (headSize, scale, dropout, context.Autocast);
        register_module(names.Query, Query = new Linear(hidden, heads * headSize, context, bias));
        register_module(names.Key, Key = new Linear(hidden, heads * headSize, context, bias));
        register_module(names.Value, Value = new Linear(hidden, heads * headSize, context, bias));
        register_module(names.Output, Output = new Linear(heads * headSize, hidden, context, bias));
    }

    /// <summary>[E] -> [H·D].</summary>
    public Linear Query { get; }

    /// <summary>[E] -> [H·D].</summary>
    public Linear Key { get; }

    /// <summary>[E] -> [H·D].</summary>
    public Linear Value { get; }

    /// <summary>[H·D] -> [E].</summary>
    public Linear Output { get; }

    /// <summary>Attends to all positions.</summary>
    /// <param name="input">[B, S, E]. Not disposed.</param>
    /// <param name="attentionBias">From <see cref="AttentionMask"/>, or null to attend to every position. Not disposed.</param>
    /// <returns>[B, S, E] in the autocast's type, in the current dispose scope.</returns>
    public Tensor ToAll(Tensor input, Tensor? attentionBias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor key, Tensor value) = KeysAndValues(input);
        return Attend(input, key, value, attentionBias).MoveToOuterDisposeScope();
    }

    /// <summary>Attends to the preceding positions, including those in the cache.</summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="input">[B, N, E]. Not disposed.</param>
    /// <param name="pass">The inputs of the block.</param>
    /// <returns>[B, N, E] in the autocast's type, in the current dispose scope.</returns>
    public Tensor ToPreceding(int layer, Tensor input, BlockPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor key, Tensor value) = KeysAndValues(input);
        Tensor query = MultiHead.Split(Query.call(input), _headSize); // [B, N, E] -> [B, H, N, D]
        Tensor attended = CausalAttention.Apply(query, key, value, layer, pass, _autocast, _scale, training ? _dropout : 0);
        return Output.call(attended).MoveToOuterDisposeScope();
    }

    /// <summary>Attends to an encoded source.</summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="input">[B, N, E]. Not disposed.</param>
    /// <param name="sources">Created with <see cref="KeysAndValues"/>.</param>
    /// <returns>[B, N, E] in the autocast's type, in the current dispose scope.</returns>
    public Tensor ToSource(int layer, Tensor input, EncodedSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        (Tensor key, Tensor value) = sources.Layers[layer];
        return Attend(input, key, value, sources.AttentionBias);
    }

    /// <summary>The keys and values of positions, [B, S, E] -> two of [B, H, S, D], in the current dispose scope.</summary>
    /// <param name="input">Not disposed.</param>
    public (Tensor Keys, Tensor Values) KeysAndValues(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (MultiHead.Split(Key.call(input), _headSize).MoveToOuterDisposeScope(),
            MultiHead.Split(Value.call(input), _headSize).MoveToOuterDisposeScope());
    }

    // [B, N, E] -> [B, N, E]
    private Tensor Attend(Tensor input, Tensor key, Tensor value, Tensor? attentionBias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor query = MultiHead.Split(Query.call(input), _headSize);
        Tensor attended = Attention.Apply(query, key, value, _autocast, attentionBias, scale: _scale, dropout: training ? _dropout : 0);
        return Output.call(MultiHead.Merge(attended)).MoveToOuterDisposeScope(); // [B, H, N, D] -> [B, N, E]
    }
}
