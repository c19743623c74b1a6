using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>Reverses an exchange of values once, when disposed.</summary>
/// <param name="exchange">Exchanges the values back.</param>
internal sealed class SwapBack(Action exchange) : IDisposable
{
    private bool done;

    /// <summary>Exchanges the values of two tensors with the same shape.</summary>
    /// <param name="live">The first tensor. Not disposed.</param>
    /// <param name="kept">The second tensor, whose type may differ. Not disposed.</param>
    public static void Exchange(Tensor live, Tensor kept)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        Tensor before = live.detach().clone();
        live.copy_(kept);
        kept.copy_(before);
    }

    /// <summary>Exchanges the values back.</summary>
    public void Dispose()
    {
        if (done)
            return;
        done = true;
        exchange();
    }
}
