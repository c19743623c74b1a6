namespace Tenon.Layers;

/// <summary>
/// Activation checkpointing (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): only the inputs of a block are
/// kept for the backward pass, which recomputes the rest. This costs another forward pass of the block.
/// </summary>
/// <remarks>
/// On a CPU, results and gradients equal those without checkpointing bit for bit: the state of torch's generator is restored to
/// that of the forward pass, so dropout drops the same elements. TorchSharp cannot access the state of a GPU's generator, so each
/// block gets its own seed there, the same in both passes.
/// </remarks>
public static class ActivationCheckpointing
{
    /// <summary>Applies a block. Without gradients this is a plain call.</summary>
    /// <param name="block">
    /// A function of its inputs and of parameters, which receive their gradients. It is called again in the backward pass with
    /// the same values; every other tensor that it uses must be an input.
    /// </param>
    /// <param name="inputs">The inputs of the block: tensors, or null where there is none. Not disposed.</param>
    /// <returns>The block's result in the current dispose scope, with graph.</returns>
    public static Tensor Apply(Func<IReadOnlyList<Tensor?>, Tensor> block, params IReadOnlyList<Tensor?> inputs)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(inputs);
        if (!torch.is_grad_enabled())
            return block(inputs);
        using DisposeScope scope = torch.NewDisposeScope();
        // Enables gradients even if no input requires any, because the block's parameters may.
        Tensor anchor = torch.zeros([], torch.ScalarType.Float32, inputs[0]!.device).requires_grad_();
        return RecomputedBlock.apply([block, anchor, .. inputs]).MoveToOuterDisposeScope();
    }
}

/// <summary>The block as one function for torch's autograd.</summary>
internal sealed class RecomputedBlock : torch.autograd.SingleTensorFunction<RecomputedBlock>
{
    private const string Block = "block";
    private const string Seed = "seed";

    // Function and anchor.
    private const int Before = 2;

    /// <inheritdoc/>
    public override string Name => nameof(RecomputedBlock);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        var block = (Func<IReadOnlyList<Tensor?>, Tensor>)vars[0];
        Tensor?[] inputs = [.. vars.Skip(Before).Select(input => input as Tensor)];
        ctx.save_data(Block, block);
        if (inputs[0]!.device_type == DeviceType.CUDA)
        {
            // From the CPU's generator, which the step has seeded.
            using Tensor drawn = torch.randint(0, long.MaxValue, [1], torch.ScalarType.Int64);
            ctx.save_data(Seed, drawn.item<long>());
            torch.cuda.manual_seed_all(drawn.item<long>());
        }

        ctx.save_for_backward([torch.get_rng_state(), .. inputs]);
        return block(inputs);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Tensor generator = torch.get_rng_state();
        List<Tensor> saved = ctx.get_saved_variables();
        torch.set_rng_state(saved[0]);
        if (ctx.get_data(Seed) is long seed)
            torch.cuda.manual_seed_all(seed);

        Tensor?[] inputs = [.. saved.Skip(1).Select(input => input?.detach().requires_grad_(input.requires_grad))];
        using (torch.enable_grad())
        {
            Tensor output = ((Func<IReadOnlyList<Tensor?>, Tensor>)ctx.get_data(Block))(inputs);
            // Gradients of the inputs are returned; those of the parameters accumulate in them.
            if (output.requires_grad)
                torch.autograd.backward(output, grad_output);
        }

        torch.set_rng_state(generator);
        grad_output.Dispose();
        return ReturnedGradients.Of([null, null, .. inputs.Select(input => input is { requires_grad: true } ? input.grad : null)]);
    }
}
