namespace Tenon.Layers;

/// <summary>
/// Group normalization (Wu and He 2018), in float32 regardless of the autocast. Gain and offset start at 1 and 0.
/// State names: <c>weight</c>, <c>bias</c>.
/// </summary>
public sealed class GroupNorm : NamedModule<Tensor, Tensor>
{
    private readonly int _groups;
    private readonly double _epsilon;

    /// <summary>Creates the layer.</summary>
    /// <param name="groups">Number of groups, a divisor of <paramref name="channels"/>.</param>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="context">The device of the model.</param>
    /// <exception cref="ModelException">The groups do not divide the channels.</exception>
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

    /// <summary>Normalizes each group of channels.</summary>
    /// <param name="input">[B, C, ...] of any floating-point type. Not disposed.</param>
    /// <returns>float32 [B, C, ...] in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor wide = input.to(torch.ScalarType.Float32);
        return F.group_norm(wide, _groups, get_parameter("weight"), get_parameter("bias"), _epsilon).MoveToOuterDisposeScope();
    }
}
