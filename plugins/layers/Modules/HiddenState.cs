namespace Tenon.Layers;

/// <summary>The state that passes through the layers of a network.</summary>
public static class HiddenState
{
    /// <summary>
    /// Returns the output of a layer, and disposes its input if nothing needs it any more: there is no graph, and the caller keeps no
    /// states. Otherwise every layer's output would stay in memory until the end of the pass.
    /// </summary>
    /// <param name="input">The input of the layer, which is in the current dispose scope and has no other owner.</param>
    /// <param name="output">The output of the layer, which may be the same object.</param>
    /// <param name="keepsStates">Whether the caller keeps the input.</param>
    public static Tensor Next(Tensor input, Tensor output, bool keepsStates)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!keepsStates && !torch.is_grad_enabled() && !ReferenceEquals(input, output))
            input.Dispose();
        return output;
    }
}
