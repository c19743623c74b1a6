using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Images;

/// <summary>The sampler that a recipe or a user chose, with its options.</summary>
public sealed class ChosenSampler
{
    private readonly ISamplerFactory _factory;
    private readonly object _options;

    internal ChosenSampler(string name, ISamplerFactory factory, object options, int? steps) =>
        (Name, _factory, _options, Steps) = (name, factory, options, steps);

    /// <summary>Its name in recipes.</summary>
    public string Name { get; }

    /// <summary>The requested number of denoising steps; null for the sampler's default.</summary>
    public int? Steps { get; }

    /// <summary>Returns the same sampler with a different number of steps.</summary>
    /// <param name="steps">The number; null to keep it.</param>
    public ChosenSampler WithSteps(int? steps) => steps is null ? this : new ChosenSampler(Name, _factory, _options, steps);

    /// <summary>Returns the number of denoising steps for a model.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="OptionsException">More steps are requested than the model has timesteps.</exception>
    public int StepsFor(IDenoiser model)
    {
        ArgumentNullException.ThrowIfNull(model);
        int timesteps = model.AlphasCumulative.Count;
        int steps = Steps ?? _factory.DefaultSteps(timesteps);
        return steps >= 1 && steps <= timesteps
            ? steps
            : throw new OptionsException($"The sampler '{Name}' is set to {steps} steps, but this model has {timesteps} timesteps. Set " +
                $"sampler:steps (--steps) to 1 … {timesteps}.");
    }

    /// <summary>Creates a sampler for one batch. The caller disposes it if it is <see cref="IDisposable"/>.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="OptionsException">More steps are requested than the model has timesteps.</exception>
    /// <exception cref="ModelException">The sampler does not support the model's type of prediction.</exception>
    internal ISampler Open(IDenoiser model) =>
        _factory.Open(_options, new SamplerContext(model.AlphasCumulative, model.Prediction, StepsFor(model)));
}
