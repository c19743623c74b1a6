using TorchSharp;

namespace Tenon;

/// <summary>
/// Reports, during a backward pass, that the gradients of a layer's parameters are complete, so that they can be passed on to other
/// processes and freed before those of earlier layers are computed (Rajbhandari et al. 2020, "ZeRO", section 5.2). A model reports the
/// layers whose parameters are used nowhere else. One watcher at a time.
/// </summary>
public static class LayerGradients
{
    // Not of a thread: the backward pass of a GPU has its own threads.
    private static volatile Watcher? _current;

    /// <summary>Whether reports are of use.</summary>
    public static bool AreWatched => _current is not null;

    /// <summary>Watches the passes until the returned object is disposed.</summary>
    /// <param name="completed">Called once for each layer, inside the backward pass. Must not throw.</param>
    public static IDisposable Watch(Action<torch.nn.Module> completed)
    {
        ArgumentNullException.ThrowIfNull(completed);
        return _current = new Watcher(completed);
    }

    /// <summary>Reports that a forward pass has entered a layer.</summary>
    /// <param name="layer">The layer.</param>
    public static void Enter(torch.nn.Module layer) => _current?.Enter(layer);

    /// <summary>
    /// Reports that the backward pass has left a layer. If the forward pass entered it several times, its gradients are complete after as
    /// many reports.
    /// </summary>
    /// <param name="layer">The layer.</param>
    public static void Leave(torch.nn.Module layer) => _current?.Leave(layer);

    private sealed class Watcher(Action<torch.nn.Module> completed) : IDisposable
    {
        private readonly Dictionary<torch.nn.Module, int> _entered = [];

        public void Enter(torch.nn.Module layer) => _entered[layer] = _entered.GetValueOrDefault(layer) + 1;

        public void Leave(torch.nn.Module layer)
        {
            if (--_entered[layer] == 0)
                completed(layer);
        }

        public void Dispose() => _current = null;
    }
}
