using Tenon.Host.Training.Optimizers;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>
/// Exponential moving averages of parameters (Polyak and Juditsky 1992), in float32 whatever the parameters' type. They
/// are what is validated, sampled from and saved. Owns the averages, borrows the parameters.
/// </summary>
internal sealed class Ema : IDisposable
{
    private readonly IReadOnlyList<NamedParameter> parameters;
    private readonly Dictionary<string, Tensor> averages = new(StringComparer.Ordinal);
    private readonly double decay;

    /// <summary>Starts with averages that equal the parameters.</summary>
    /// <param name="parameters">What is averaged.</param>
    /// <param name="decay">Weight of the past in (0, 1), approached as updates come in.</param>
    public Ema(IReadOnlyList<NamedParameter> parameters, double decay)
    {
        this.parameters = parameters;
        this.decay = decay;
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (NamedParameter parameter in parameters)
            averages.Add(parameter.Name, parameter.Value.detach().to(ScalarType.Float32, copy: true).DetachFromDisposeScope());
    }

    /// <summary>The averages by the parameters' names; live, and this object's. While swapped in: the parameters' values.</summary>
    public IReadOnlyDictionary<string, Tensor> Averages => averages;

    /// <summary>Takes the parameters' present values into the averages.</summary>
    /// <param name="updates">Updates before this one.</param>
    public void Update(long updates)
    {
        // The decay rises as (1 + n) / (10 + n), as in the reference code of Song et al. 2021: with 0.9999 from the
        // start, a short run's average would still be its random initial values.
        double now = Math.Min(decay, (1.0 + updates) / (10.0 + updates));
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (NamedParameter parameter in parameters)
            averages[parameter.Name].lerp_(parameter.Value.detach().to(ScalarType.Float32), 1 - now);
    }

    /// <summary>Puts the averages into the parameters until the result is disposed, which puts the parameters' own values back.</summary>
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
        foreach (NamedParameter parameter in parameters)
            SwapBack.Exchange(parameter.Value, averages[parameter.Name]);
    }
}
