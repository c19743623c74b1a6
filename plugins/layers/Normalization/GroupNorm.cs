namespace Tenon.Layers;

/// <summary>
/// Group normalisation (Wu and He 2018) in float32 whatever the autocast, with gain 1 and offset 0 at the start.
/// State names: <c>weight</c>, <c>bias</c>.
/// </summary>
public sealed class GroupNorm : NamedModule<Tensor, Tensor>
{
    private readonly int _groups;
    private readonly double _epsilon;

    /// <summary>Makes the layer.</summary>
    /// <param name="groups">Number of groups; it divides <paramref name="channels"/>.</param>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="context">The device of the model.</param>
    /// <exception cref="ModelException">The channels cannot be divided so.</exception>
    public GroupNorm(int groups, int channels, double epsilon, BuildContext context) : base(nameof(GroupNorm))
    {
        ArgumentNullException.ThrowIfNull(context);
        if (groups < 1 || channels % groups != 0)
            throw new ModelException($"{channels} channels cannot be divided into {groups} groups of equal size.");
        _groups = groups;
        _epsilon = epsilon;
        register_parameter("weight", new Parameter(torch.ones([channels], torch.ScalarType.Float32, context.Device)));
        register_parameter("bias", new Parameter(torch.zeros([channels], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>
    /// Whether the layer is at its fastest on a CPU with <see cref="ChannelsLast"/> images: it takes them itself then, together
    /// with activation and cast. torch's own way is slower in that layout than in the other.
    /// </summary>
    /// <param name="activation">Behind the layer; or null.</param>
    public bool PrefersChannelsLast(Func<Tensor, Tensor>? activation) => PixelNormFunction.Takes(get_parameter("weight")!.size(0), activation);

    /// <summary>Normalises.</summary>
    /// <param name="input">[B, C, ...] of any floating-point type. Not disposed.</param>
    /// <returns>float32 [B, C, ...] in the current dispose scope.</returns>
    public override Tensor forward(Tensor input) => Apply(input, torch.ScalarType.Float32);

    /// <summary>Normalises, with what an architecture does before and after.</summary>
    /// <param name="input">[B, C, ...] of any floating-point type. Not disposed.</param>
    /// <param name="type">Of the result.</param>
    /// <param name="activation">Applied to the normalised input; or null.</param>
    /// <param name="added">[B, C], added to the input first; or null. Not disposed.</param>
    /// <returns>[B, C, ...] in the current dispose scope, laid out as the input.</returns>
    public Tensor Apply(Tensor input, torch.ScalarType type, Func<Tensor, Tensor>? activation = null, Tensor? added = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = get_parameter("weight")!, bias = get_parameter("bias")!;
        if (PixelNormFunction.Takes(input, weight, added, activation, type))
            return PixelNormFunction.Apply(input, weight, bias, added, _groups, (float)_epsilon, activation is not null, type).MoveToOuterDisposeScope();

        Tensor wide = input.to(torch.ScalarType.Float32);
        if (added is not null)
            wide = wide + added.reshape([.. added.shape, .. Enumerable.Repeat(1L, (int)input.ndim - 2)]);
        Tensor result = F.group_norm(wide, _groups, weight, bias, _epsilon);
        return (activation is null ? result : activation(result)).to(type).MoveToOuterDisposeScope();
    }
}
