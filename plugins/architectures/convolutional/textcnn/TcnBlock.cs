using Tenon.Layers;

namespace Tenon.TextCnn;

/// <summary>
/// A residual block: a layer norm, and two causal convolutions with the same dilation, the first followed by a rectifier (Bai et al.
/// 2018, figure 1b, with the norm in place of weight normalization).
/// </summary>
internal sealed class TcnBlock : NamedModule
{
    public const double NormEpsilon = 1e-5;

    private readonly LayerNorm _norm;
    private readonly SequenceConvolution _first;
    private readonly SequenceConvolution _second;
    private readonly double _dropout;

    public TcnBlock(TcnOptions options, int dilation, BuildContext context) : base(nameof(TcnBlock))
    {
        int channels = options.HiddenSize;
        _dropout = options.Dropout;
        register_module("norm", _norm = new LayerNorm(channels, NormEpsilon, context));
        register_module("conv1", _first = new SequenceConvolution(channels, channels, options.KernelSize, context, dilation));
        register_module("conv2", _second = new SequenceConvolution(channels, channels, options.KernelSize, context, dilation));
    }

    /// <summary>Positions that each convolution reads before the last one, P.</summary>
    public int Span => _first.Span;

    // [B, T, C] -> [B, T, C]
    public Tensor Forward(Tensor x, CausalConvolution convolution)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor y = _norm.call(x).transpose(1, 2); // [B, C, T]
        y = Dropout.Apply(F.relu(convolution.Apply(_first, y)), _dropout, training);
        y = Dropout.Apply(convolution.Apply(_second, y), _dropout, training);
        return (x + y.transpose(1, 2)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// One pass of causal convolutions, which read their earlier inputs from a state and leave the inputs that the next pass needs.
/// </summary>
/// <param name="state">For each convolution, in their order, the inputs before this pass, [B, C, P]. Not disposed.</param>
/// <param name="lengths">Number of tokens in each row; null if there is no padding.</param>
internal sealed class CausalConvolution(IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths)
{
    private readonly List<Tensor> _state = [];

    /// <summary>The inputs that the next pass needs, of the convolutions so far, in the dispose scope outside their blocks.</summary>
    public IReadOnlyList<Tensor> State => _state;

    /// <summary>Applies the next convolution of the pass, in a dispose scope of its block.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="input">[B, C, T]. Not disposed.</param>
    /// <returns>[B, C, T] in the current dispose scope.</returns>
    public Tensor Apply(SequenceConvolution convolution, Tensor input)
    {
        Tensor padded = torch.cat([state[_state.Count], input], 2); // [B, C, P + T]
        _state.Add(Last(padded, convolution.Span).MoveToOuterDisposeScope());
        return convolution.call(padded);
    }

    // The last P inputs of each row. After n tokens they start at position n, because P inputs precede the tokens.
    private Tensor Last(Tensor padded, int span)
    {
        if (lengths is null)
            return padded.narrow(2, padded.size(2) - span, span);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor starts = torch.tensor(lengths.ToArray(), device: padded.device).view(-1, 1, 1); // [B, 1, 1]
        Tensor index = starts + torch.arange(span, torch.ScalarType.Int64, padded.device); // [B, 1, P]
        return padded.gather(2, index.expand(-1, padded.size(1), -1)).MoveToOuterDisposeScope();
    }
}
