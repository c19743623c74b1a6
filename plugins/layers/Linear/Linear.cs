namespace Tenon.Layers;

/// <summary>
/// An affine map y = x·Wᵀ + b over the last dimension. Operands are cast to the model's <see cref="Autocast"/> type and
/// the result has that type (<see cref="Apply"/>); adding it to a float32 residual stream gives float32 again.
/// </summary>
public partial class Linear : NamedModule<Tensor, Tensor>, ILinearMap
{
    private const long FewRows = 8;

    private readonly Autocast _autocast;
    private readonly bool _hasBias;
    private readonly WeightFormat? _packedOnly;
    private readonly bool _isFrozenBase;
    private PackedWeight? _packed;

    /// <summary>
    /// Creates the map with uninitialized weight and zero bias; see <see cref="Initialization"/>. State names: <c>weight</c>, <c>bias</c>.
    /// </summary>
    /// <param name="inFeatures">Size of the last dimension of the input.</param>
    /// <param name="outFeatures">Size of the last dimension of the output.</param>
    /// <param name="context">Device and autocast of the model.</param>
    /// <param name="bias">Whether b is added.</param>
    /// <param name="transposed">Whether the weight is stored [in, out] instead of [out, in].</param>
    public Linear(long inFeatures, long outFeatures, BuildContext context, bool bias = true, bool transposed = false)
        : base(nameof(Linear))
    {
        ArgumentNullException.ThrowIfNull(context);
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
        Transposed = transposed;
        _autocast = context.Autocast;
        _hasBias = bias;
        (_packedOnly, _isFrozenBase) = (context.PackedOnly, context.IsFrozenBase);
        long[] shape = transposed ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
        register_parameter("weight", AbsentWeight.CreateOr(shape, context, _packedOnly));
        if (bias)
            register_parameter("bias", new Parameter(torch.zeros([outFeatures], torch.ScalarType.Float32, context.Device)));
    }

    /// <inheritdoc/>
    public long InFeatures { get; }

    /// <inheritdoc/>
    public long OutFeatures { get; }

    /// <inheritdoc/>
    public bool Transposed { get; }

    // Looked up on each access: Module.to replaces the registered parameter, so a field would be stale.
    /// <inheritdoc/>
    public Parameter Weight => get_parameter("weight")!;

    /// <summary>[out], or null if the map has none. Owned by the layer.</summary>
    public Parameter? Bias => _hasBias ? get_parameter("bias") : null;

    /// <inheritdoc/>
    public Func<Tensor, Tensor>? Delta { get; set; }

    /// <summary>Applies the map.</summary>
    /// <param name="input">[..., in]. Not disposed.</param>
    /// <returns>[..., out] in the type that <see cref="Apply"/> chooses, in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor output = _packed switch
        {
            _ when _ranks is { } ranks => OfPart(input, ranks),
            { } packed when _isFrozenBase => packed.Product(input, Bias, _autocast),
            { } packed when _packedOnly is not null || !torch.is_grad_enabled() => packed.Apply(input),
            _ => Apply(input, Transposed ? Weight.t() : Weight, Bias, _autocast),
        };
        foreach (Func<Tensor, Tensor> delta in Delegate.EnumerateInvocationList(Delta))
            output = output + delta(input);
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>The packed copy; null if there is none, if the map also adds a delta, or if several processes divide it.</summary>
    internal PackedWeight? Packed => Delta is null && _ranks is null ? _packed : null;

    /// <summary>Bytes of the weight, if it exists only in a packed format; otherwise 0.</summary>
    internal long PackedBytes => _packedOnly is { } format ? PackedWeight.Bytes(OutFeatures, InFeatures, format) : 0;

    /// <summary>Creates or removes a copy of weight and bias for products without gradients (<see cref="IPacksWeights"/>).</summary>
    /// <param name="format">Format of the copy, or null for none.</param>
    /// <exception cref="ModelException">
    /// The device does not support products in that format, or the map keeps its weight only in a different format.
    /// </exception>
    public void Pack(WeightFormat? format)
    {
        if (_packedOnly is { } only)
        {
            AbsentWeight.Check(only, format);
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        PackedWeight? packed = format is { } wanted ? PackedWeight.Of(Transposed ? Weight.t() : Weight, BiasOfPart, wanted) : null;
        _packed?.Dispose();
        _packed = packed;
    }

    /// <summary>Packs the weight while it is read (<see cref="IPacksWeights.LoadPacked"/>).</summary>
    /// <param name="rows">Reads rows of the weight as it is stored in the file.</param>
    /// <returns>False, without any effect, if the map keeps the weight itself.</returns>
    internal bool LoadPacked(Func<long, long, Tensor> rows)
    {
        if (_packedOnly is not { } format)
            return false;
        using DisposeScope scope = torch.NewDisposeScope();
        Func<long, long, Tensor> outputs = rows;
        if (Transposed)
        {
            Tensor whole = rows(0, InFeatures).t(); // [in, out] -> [out, in]
            outputs = (first, count) => whole.narrow(0, first, count);
        }

        _packed?.Dispose();
        _packed = PackedWeight.Of(OutFeatures, InFeatures, outputs, Bias, format, torch.CPU);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _packed?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>
    /// x·Wᵀ + b in the autocast's type. A few rows without gradients (a language model that generates token by token) are
    /// computed in float32, because casting the weight would take longer than the product.
    /// </summary>
    /// <param name="input">[..., in]. Not disposed.</param>
    /// <param name="weight">float32 [out, in]. Not disposed.</param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <param name="autocast">The type in which the product runs.</param>
    /// <returns>[..., out] in the current dispose scope.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias, Autocast autocast)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(autocast);
        using DisposeScope scope = torch.NewDisposeScope();
        bool few = !torch.is_grad_enabled() && input.numel() <= FewRows * weight.size(1);
        torch.ScalarType type = few ? weight.dtype : autocast.Type;
        (Tensor x, Tensor w, Tensor? b) = (Cast(input), Cast(weight), bias is null ? null : Cast(bias));
        return (ManyRows.Apply(x, w, b) ?? F.linear(x, w, b)).MoveToOuterDisposeScope();

        Tensor Cast(Tensor tensor) => tensor.dtype == type ? tensor : tensor.to(type);
    }
}

/// <summary>The linear map of GPT-2's published files, whose weight is stored [in, out] (Radford et al. 2019).</summary>
/// <param name="inFeatures">Size of the last dimension of the input.</param>
/// <param name="outFeatures">Size of the last dimension of the output.</param>
/// <param name="context">Device and autocast of the model.</param>
public sealed class Conv1D(long inFeatures, long outFeatures, BuildContext context)
    : Linear(inFeatures, outFeatures, context, bias: true, transposed: true);
