using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// Additive attention (Bahdanau et al. 2015, appendix A.1.2): a source vector scores vᵀ tanh(W·s + U·h + b). The scores come from the
/// decoder's output after each token, not from its state before it, so that all target tokens are computed at once, and the attended
/// vector is combined with the output (Luong et al. 2015, equation 5). S: source tokens, T: target tokens, H: size of the decoder's
/// output and of the alignment, M: size of a source vector.
/// </summary>
internal sealed class AdditiveAttention : NamedModule
{
    private readonly int _hidden;
    private readonly int _source;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _score;
    private readonly Linear _combine;

    public AdditiveAttention(int hidden, int source, BuildContext context) : base(nameof(AdditiveAttention))
    {
        (_hidden, _source) = (hidden, source);
        register_module("query", _query = New(hidden, hidden, bias: false));
        register_module("key", _key = New(source, hidden, bias: true));
        register_module("score", _score = New(hidden, 1, bias: false));
        register_module("combine", _combine = New(hidden + source, hidden, bias: true));

        Linear New(int from, int to, bool bias)
        {
            var map = new Linear(from, to, context, bias);
            Initialization.Normal(map.Weight, 1 / Math.Sqrt(from));
            return map;
        }
    }

    /// <summary>Operations of a target token with a source token, and bytes that the backward pass keeps.</summary>
    /// <param name="positions">Number of source tokens that a target token attends to.</param>
    public (double ForwardFlop, double KeptBytes) Cost(double positions) => (
        4.0 * _hidden * (_hidden + _source) + 2 * positions * (_hidden + _source),
        4 * (positions * (_hidden + 2) + 2 * (_hidden + (double)_source)));

    /// <summary>What the scores need of the source, U·h + b: [B, S, M] -> [B, S, H] in the current dispose scope.</summary>
    public Tensor Keys(Tensor values) => _key.call(values);

    /// <summary>Attends to the source.</summary>
    /// <param name="output">float32 [B, T, H]: the decoder's output. Not disposed.</param>
    /// <param name="keys">[B, S, H], from <see cref="Keys"/>. Not disposed.</param>
    /// <param name="values">float32 [B, S, M]: the source vectors. Not disposed.</param>
    /// <param name="mask">float32 [B, S], 1 for a token and 0 for padding. Not disposed.</param>
    /// <returns>float32 [B, T, H] in the current dispose scope.</returns>
    public Tensor Combine(Tensor output, Tensor keys, Tensor values, Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor aligned = (_query.call(output).unsqueeze(2) + keys.unsqueeze(1)).tanh(); // [B, T, 1, H] + [B, 1, S, H] -> [B, T, S, H]
        Tensor scores = _score.call(aligned).squeeze(3).to(torch.ScalarType.Float32); // [B, T, S]
        Tensor weights = (scores + AttentionMask.Bias(mask.eq(0), torch.ScalarType.Float32).unsqueeze(1)).softmax(-1);
        Tensor attended = weights.matmul(values); // [B, T, M]
        return _combine.call(torch.cat([output, attended], 2)).to(torch.ScalarType.Float32).tanh().MoveToOuterDisposeScope();
    }
}
