namespace Tenon.Layers;

/// <summary>
/// Batch normalization over the channels of images (Ioffe and Szegedy 2015), in float32 regardless of the autocast. Training
/// normalizes with the statistics of the batch and moves the running statistics towards them; evaluation uses the running
/// statistics.
/// State names: <c>weight</c>, <c>bias</c>, and the buffers <c>running_mean</c>, <c>running_var</c>, <c>num_batches_tracked</c>.
/// </summary>
/// <remarks>
/// Training also uses the running statistics, without updating them, if an option freezes them or if the gain does not require a
/// gradient: a layer that is not trained does not change, so an adapter or a linear probe leaves the model below it unchanged.
/// </remarks>
public sealed class BatchNorm : NamedModule<Tensor, Tensor>
{
    private readonly bool _frozen;
    private readonly double _momentum;
    private readonly double _epsilon;

    /// <summary>Creates the layer with gain 1, offset 0, mean 0 and variance 1.</summary>
    /// <param name="channels">C.</param>
    /// <param name="context">The device of the model.</param>
    /// <param name="frozen">Whether training uses the running statistics without updating them.</param>
    /// <param name="momentum">Share of a batch in the running statistics, in (0, 1].</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    public BatchNorm(int channels, BuildContext context, bool frozen = false, double momentum = 0.1, double epsilon = 1e-5)
        : base(nameof(BatchNorm))
    {
        ArgumentNullException.ThrowIfNull(context);
        (_frozen, _momentum, _epsilon) = (frozen, momentum, epsilon);
        register_parameter("weight", new Parameter(torch.ones([channels], torch.ScalarType.Float32, context.Device)));
        register_parameter("bias", new Parameter(torch.zeros([channels], torch.ScalarType.Float32, context.Device)));
        register_buffer("running_mean", torch.zeros([channels], torch.ScalarType.Float32, context.Device));
        register_buffer("running_var", torch.ones([channels], torch.ScalarType.Float32, context.Device));
        register_buffer("num_batches_tracked", torch.zeros([], torch.ScalarType.Int64, context.Device));
    }

    /// <summary>float32 [C]: the gain.</summary>
    public Parameter Weight => get_parameter("weight")!;

    /// <summary>Normalizes each channel.</summary>
    /// <param name="input">[B, C, H, W] of any floating-point type. Not disposed.</param>
    /// <returns>float32 [B, C, H, W] in the current dispose scope.</returns>
    /// <exception cref="ModelException">In training, a channel has a single value, which has no variance.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        bool measures = training && !_frozen && Weight.requires_grad;
        if (measures)
        {
            CheckValues(input);
            using IDisposable untracked = torch.no_grad();
            get_buffer("num_batches_tracked")!.add_(1);
        }

        Tensor wide = input.to(torch.ScalarType.Float32);
        return F.batch_norm(
            wide, get_buffer("running_mean")!, get_buffer("running_var")!, Weight, get_parameter("bias")!, measures, _momentum, _epsilon)
            .MoveToOuterDisposeScope();
    }

    private static void CheckValues(Tensor input)
    {
        if (input.numel() / input.size(1) < 2)
        {
            throw new ModelException(
                $"Batch normalization in training found one value in each channel " +
                $"([{string.Join(", ", input.shape)}]), which has no variance. " +
                "Use batches of at least 2 images, or set 'frozenNorms'.");
        }
    }
}
