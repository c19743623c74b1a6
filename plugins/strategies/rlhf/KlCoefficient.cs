namespace Tenon.Rlhf;

/// <summary>
/// The KL penalty coefficient: fixed, or adapted so that the divergence of a response stays near a target (Ziegler et al.
/// 2019, section 2.2). Saved in checkpoints.
/// </summary>
internal sealed class KlCoefficient
{
    private const string Name = "kl_coefficient";
    private const double LargestError = 0.2;
    private readonly PpoOptions _options;
    private readonly IRunState _state;

    /// <summary>Restores the checkpoint's value, or starts from the options.</summary>
    public KlCoefficient(PpoOptions options, IRunState state) =>
        (_options, _state, Value) = (options, state, state.Get(Name, options.KlCoefficient));

    /// <summary>The current coefficient.</summary>
    public double Value { get; private set; }

    /// <summary>Adapts the coefficient, if it has a target.</summary>
    /// <param name="divergence">Mean divergence of a response, in nats.</param>
    /// <param name="responses">Number of responses measured.</param>
    public void Update(double divergence, long responses)
    {
        if (_options.KlTarget is not { } target)
            return;
        double error = Math.Clamp(divergence / target - 1, -LargestError, LargestError);
        Value *= 1 + error * responses / _options.KlHorizon;
        _state.Set(Name, Value);
    }
}
