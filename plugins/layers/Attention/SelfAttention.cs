namespace Tenon.Layers;

/// <summary>
/// Multi-head self-attention of an encoder, in which every position attends to every other (Vaswani et al. 2017, section
/// 3.2.2), up to the concatenated heads; the output projection belongs to the architecture. State names: <c>query</c>,
/// <c>key</c>, <c>value</c>, as in transformers' encoders.
/// </summary>
public class SelfAttention : NamedModule, IDividedLayer
{
    private readonly int _heads;
    private readonly int _headSize;
    private readonly double _dropout;
    private readonly Autocast _autocast;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private DimensionPart? _part;

    /// <summary>Creates the three maps.</summary>
    /// <param name="hidden">Size of the hidden state, E.</param>
    /// <param name="heads">H, a divisor of E.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="bias">Whether the maps have a bias.</param>
    /// <param name="initialStd">Standard deviation of the initial weights.</param>
    /// <param name="dropout">Probability of dropping an attention weight in training, in [0, 1).</param>
    public SelfAttention(long hidden, int heads, BuildContext context, bool bias, double initialStd, double dropout)
        : base(nameof(SelfAttention))
    {
        ArgumentNullException.ThrowIfNull(context);
        (_heads, _headSize) = (heads, (int)(hidden / heads));
        _dropout = dropout;
        _autocast = context.Autocast;
        register_module("query", _query = new Linear(hidden, hidden, context, bias));
        register_module("key", _key = new Linear(hidden, hidden, context, bias));
        register_module("value", _value = new Linear(hidden, hidden, context, bias));
        foreach (Linear map in new[] { _query, _key, _value })
        {
            map.Division = LayerDivision.Outputs;
            Initialization.Normal(map.Weight, initialStd);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        _part = ranks.Heads(_heads);
        return new Dictionary<string, TensorDivision>();
    }

    /// <summary>
    /// Reinitializes the weights so that each position attends to similar positions from the start: keys equal queries, with
    /// unit variance (after Trockman and Kolter 2023, "Mimetic initialization of self-attention layers").
    /// </summary>
    public void InitializeMimetic()
    {
        double std = 1 / Math.Sqrt(_query.InFeatures);
        Initialization.Normal(_query.Weight, std);
        Initialization.Normal(_value.Weight, std);
        using var noGrad = torch.no_grad();
        _key.Weight.copy_(_query.Weight).DetachFromDisposeScope();
    }

    /// <summary>Attends.</summary>
    /// <param name="input">[B, N, E]. Not disposed.</param>
    /// <param name="attentionBias">
    /// From <see cref="AttentionMask"/>, over prefix and input, or null to attend to every position. Not disposed.
    /// </param>
    /// <param name="prefix">Keys and values of virtual tokens of this layer, [2, H, P, D]; or null. Not disposed.</param>
    /// <param name="windows">
    /// Number of windows W, each with its own bias: row b·W + w is window w, and the bias is [1, W·H, N, N]. With 1, all rows
    /// share the bias.
    /// </param>
    /// <returns>[B, N, E] in the autocast's type, in the current dispose scope.</returns>
    public Tensor Forward(Tensor input, Tensor? attentionBias, Tensor? prefix, long windows = 1)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor query = MultiHead.Split(_query.call(input), _headSize); // [B, N, E] -> [B, H, N, D]
        Tensor key = MultiHead.Split(_key.call(input), _headSize);
        Tensor value = MultiHead.Split(_value.call(input), _headSize);
        if (prefix is not null)
        {
            key = VirtualTokens.Prepend(prefix.select(0, 0), key); // -> [B, H, P + N, D]
            value = VirtualTokens.Prepend(prefix.select(0, 1), value);
        }

        Tensor attended = Attention.Apply(
            GroupWindows(query), GroupWindows(key), GroupWindows(value), _autocast, attentionBias, dropout: training ? _dropout : 0,
            heads: _part);
        if (windows > 1)
            attended = attended.reshape(query.shape);
        return MultiHead.Merge(attended).MoveToOuterDisposeScope(); // [B, H, N, D] -> [B, N, E]

        // [B, H, N, D] -> [B / W, W·H, N, D], so that the masks of windows broadcast like those of heads.
        Tensor GroupWindows(Tensor heads) =>
            windows == 1 ? heads : heads.reshape(heads.size(0) / windows, windows * heads.size(1), heads.size(2), heads.size(3));
    }
}
