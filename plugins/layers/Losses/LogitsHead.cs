namespace Tenon.Layers;

/// <summary>A map from hidden states to logits, without graph, whose loss <see cref="CrossEntropy"/> computes in chunks of rows.</summary>
internal interface ILogitsHead
{
    /// <summary>The parameters that get gradients.</summary>
    IEnumerable<Tensor> Trained { get; }

    /// <summary>Casts the parameters. Called before the first chunk, in the dispose scope of all chunks.</summary>
    void Prepare();

    /// <summary>Computes logits.</summary>
    /// <param name="x">[n, E] in the autocast's type. Not disposed.</param>
    /// <returns>[n, C] in the autocast's type, in the current dispose scope.</returns>
    Tensor Logits(Tensor x);

    /// <summary>Computes the gradient of the hidden states.</summary>
    /// <param name="gradient">[n, C], the gradient of the logits. Not disposed.</param>
    /// <returns>[n, E] in the current dispose scope.</returns>
    Tensor InputGradient(Tensor gradient);

    /// <summary>Computes a chunk's part of the gradient of a parameter.</summary>
    /// <param name="parameter">One of <see cref="Trained"/>.</param>
    /// <param name="gradient">[n, C], the gradient of the logits. Not disposed.</param>
    /// <param name="x">[n, E]. Not disposed.</param>
    Tensor Gradient(Tensor parameter, Tensor gradient, Tensor x);
}

/// <summary>A head with ordinary parameters.</summary>
/// <param name="weight">float32 [C, E].</param>
/// <param name="bias">float32 [C], or null.</param>
/// <param name="autocast">The type in which products run.</param>
internal sealed class TrainedLogitsHead(Tensor weight, Tensor? bias, Autocast autocast) : ILogitsHead
{
    private Tensor? _weight;
    private Tensor? _bias;

    public IEnumerable<Tensor> Trained => new[] { weight, bias }.OfType<Tensor>().Where(parameter => parameter.requires_grad);

    public void Prepare() => (_weight, _bias) = (autocast.Cast(weight), bias is null ? null : autocast.Cast(bias));

    public Tensor Logits(Tensor x) => F.linear(x, _weight!, _bias);

    public Tensor InputGradient(Tensor gradient) => gradient.mm(_weight!); // [n, C] x [C, E]

    public Tensor Gradient(Tensor parameter, Tensor gradient, Tensor x) =>
        ReferenceEquals(parameter, bias) ? gradient.sum(0L) : gradient.t().mm(x); // [n, C] -> [C]; [C, n] x [n, E] -> [C, E]
}

/// <summary>A frozen head, which is dequantized a few rows at a time.</summary>
/// <param name="weight">[C, E].</param>
/// <param name="bias">float32 [C], or null.</param>
/// <param name="autocast">The type in which products run.</param>
internal sealed class FrozenLogitsHead(PackedWeight weight, Tensor? bias, Autocast autocast) : ILogitsHead
{
    // The dequantized rows take 128 MiB in float32.
    private const long ValuesPerPart = 1 << 25;

    private Tensor? _bias;

    public IEnumerable<Tensor> Trained => [];

    public void Prepare() => _bias = bias is null ? null : autocast.Cast(bias);

    public Tensor Logits(Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (!weight.Allocates(x.dtype))
            return F.linear(x, weight.Dequantize(x.dtype), _bias).MoveToOuterDisposeScope();
        Tensor logits = torch.empty([x.size(0), weight.Outputs], x.dtype, x.device);
        foreach ((long first, long count) in Parts(x.size(1)))
        {
            using DisposeScope part = torch.NewDisposeScope();
            Tensor rows = weight.Dequantize(x.dtype, first, count);
            logits.narrow(1, first, count).copy_(F.linear(x, rows, _bias?.narrow(0, first, count)));
        }

        return logits.MoveToOuterDisposeScope();
    }

    public Tensor InputGradient(Tensor gradient)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sum = torch.zeros([gradient.size(0), weight.Inputs], torch.ScalarType.Float32, gradient.device);
        foreach ((long first, long count) in weight.Allocates(gradient.dtype) ? Parts(weight.Inputs) : [(0, weight.Outputs)])
        {
            using DisposeScope part = torch.NewDisposeScope();
            sum.add_(gradient.narrow(1, first, count).mm(weight.Dequantize(gradient.dtype, first, count))); // [n, c] x [c, E]
        }

        return sum.MoveToOuterDisposeScope();
    }

    public Tensor Gradient(Tensor parameter, Tensor gradient, Tensor x) =>
        throw new NotSupportedException("A frozen head has no trained parameters.");

    private IEnumerable<(long First, long Count)> Parts(long inputs)
    {
        long rows = Math.Max(1, ValuesPerPart / (Nf4Weight.RowsPerUnit * inputs)) * Nf4Weight.RowsPerUnit;
        for (long first = 0; first < weight.Outputs; first += rows)
            yield return (first, Math.Min(rows, weight.Outputs - first));
    }
}
