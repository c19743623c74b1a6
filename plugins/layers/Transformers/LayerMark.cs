namespace Tenon.Layers;

/// <summary>Marks the beginning of a layer in the graph, where the backward pass leaves it (<see cref="LayerGradients"/>).</summary>
internal sealed class LayerMark : torch.autograd.SingleTensorFunction<LayerMark>
{
    private const string Layer = "layer";

    /// <inheritdoc/>
    public override string Name => nameof(LayerMark);

    /// <summary>Marks the input of a layer, if anyone watches.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Its input. Not disposed.</param>
    /// <returns>The same values: the same object, or a tensor in the current dispose scope.</returns>
    public static Tensor Before(torch.nn.Module layer, Tensor input)
    {
        if (!LayerGradients.AreWatched || !torch.is_grad_enabled() || !input.requires_grad)
            return input;
        LayerGradients.Enter(layer);
        return apply(layer, input);
    }

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Layer, vars[0]);
        return ((Tensor)vars[1]).alias();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        LayerGradients.Leave((torch.nn.Module)ctx.get_data(Layer));
        List<Tensor> returned = ReturnedGradients.Of(null, grad_output.alias());
        grad_output.Dispose();
        return returned;
    }
}
