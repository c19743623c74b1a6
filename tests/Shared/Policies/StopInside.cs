namespace Tenon.Tests;

/// <summary>Asks to stop within a forward pass of a model, as a user's stop arrives in the middle of sampling.</summary>
internal sealed class StopInside : IDisposable
{
    private readonly Action _stopListening;

    /// <summary>Listens to a layer that each forward pass calls once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layer">The layer's name.</param>
    /// <param name="pass">In which pass without gradients, counted from 1.</param>
    /// <param name="stop">Asks.</param>
    public StopInside(torch.nn.Module model, string layer, long pass, Action stop)
    {
        var listened = (torch.nn.Module<Tensor, Tensor>)model.named_modules().First(module => module.name == layer).module;
        _stopListening = listened.register_forward_pre_hook((_, input) =>
        {
            if (!torch.is_grad_enabled() && ++Passes == pass)
                stop();
            return input;
        }).remove;
    }

    /// <summary>The passes without gradients so far.</summary>
    public long Passes { get; private set; }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _stopListening();
}
