using Tenon.Host.Training.Optimizers;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>
/// Exponential moving averages of parameters and of floating-point buffers, such as the running statistics of batch norms (Polyak
/// and Juditsky 1992), in float32; for other buffers, the current values. Validation, samples and the saved model use them. Owns
/// the averages, but not the parameters and buffers.
/// </summary>
internal sealed class Ema : IDisposable
{
    private readonly List<(string Name, Tensor Value)> averaged;
    private readonly Dictionary<string, Tensor> averages = new(StringComparer.Ordinal);
    private readonly double decay;

    /// <summary>Initializes the averages with the current parameters and buffers.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="buffers">The buffers by name.</param>
    /// <param name="decay">Weight of the past, in (0, 1); approached over the first updates.</param>
    public Ema(IReadOnlyList<NamedParameter> parameters, IReadOnlyDictionary<string, Tensor> buffers, double decay)
    {
        averaged = [.. parameters.Select(p => (p.Name, (Tensor)p.Value)), .. buffers.Select(b => (b.Key, b.Value))];
        this.decay = decay;
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach ((string name, Tensor value) in averaged)
            averages.Add(name, value.detach().to(Type(value), copy: true).DetachFromDisposeScope());
    }

    /// <summary>
    /// The averages by the names of parameters and buffers: live tensors owned by this object. While swapped in, these are the
    /// model's own values.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Averages => averages;

    /// <summary>Updates the averages with the current values.</summary>
    /// <param name="updates">Number of updates before this one.</param>
    public void Update(long updates)
    {
        // The decay rises as (1 + n) / (10 + n), as in the reference code of Song et al. 2021: with 0.9999 from the
        // start, a short run's average would still be its random initial values.
        double now = Math.Min(decay, (1.0 + updates) / (10.0 + updates));
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach ((string name, Tensor value) in averaged)
        {
            if (value.is_floating_point())
                averages[name].lerp_(value.detach().to(ScalarType.Float32), 1 - now);
            else
                averages[name].copy_(value);
        }
    }

    /// <summary>
    /// Swaps the averages into the model until the returned object is disposed, which restores the model's own values.
    /// </summary>
    public IDisposable SwapIn()
    {
        Exchange();
        return new SwapBack(Exchange);
    }

    /// <summary>Frees the averages.</summary>
    public void Dispose()
    {
        foreach (Tensor average in averages.Values)
            average.Dispose();
    }

    private void Exchange()
    {
        foreach ((string name, Tensor value) in averaged)
            SwapBack.Exchange(value, averages[name]);
    }

    private static ScalarType Type(Tensor value) => value.is_floating_point() ? ScalarType.Float32 : value.dtype;
}
