namespace Tenon;

/// <summary>
/// Takes one batch from noise to clean samples: the host asks the model for a prediction at each timestep, and the sampler computes
/// the sample at the next one. It may keep results of earlier steps. Used by one thread, for one batch, with the steps in order.
/// The host disposes a sampler that is <see cref="IDisposable"/> after the last step.
/// <code>
/// Tensor sample = sampler.InitialScale * noise;
/// for (int step = 0; step &lt; sampler.Timesteps.Count; step++)
///     sample = sampler.Step(sample, model.Predict(sampler.ScaleInput(sample, step), sampler.Timesteps[step]), step, noise);
/// </code>
/// </summary>
public interface ISampler
{
    /// <summary>The timesteps at which the model predicts, in this order; at least one, each in [0, training timesteps).</summary>
    IReadOnlyList<int> Timesteps { get; }

    /// <summary>The standard deviation of the initial noise; 1 by default.</summary>
    double InitialScale => 1;

    /// <summary>Returns the model's input for a sample; by default the sample itself.</summary>
    /// <param name="sample">The current sample, float32 [B, …]. Not disposed.</param>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    /// <returns>[B, …]: the argument, or a tensor in the current dispose scope.</returns>
    Tensor ScaleInput(Tensor sample, int step) => sample;

    /// <summary>Moves from one timestep to the next, and from the last one to the clean sample.</summary>
    /// <param name="sample">The current sample, float32 [B, …]. Not disposed.</param>
    /// <param name="prediction">The model's prediction at this timestep, float32 [B, …]. Not disposed.</param>
    /// <param name="step">Index into <see cref="Timesteps"/>.</param>
    /// <param name="noise">
    /// Draws standard normal noise of the sample's shape into the current dispose scope, each row from its own random stream. The
    /// only source of randomness.
    /// </param>
    /// <returns>The next sample, float32 [B, …], in the current dispose scope. Rows do not depend on each other.</returns>
    Tensor Step(Tensor sample, Tensor prediction, int step, Func<Tensor> noise);
}

/// <summary>Creates samplers with any options, as the host calls it. Plugins implement <see cref="ISamplerFactory{TOptions}"/>.</summary>
public interface ISamplerFactory : IComponent
{
    /// <summary>
    /// Returns the number of steps if the user does not set one; by default 50, or all timesteps of a model that has fewer.
    /// </summary>
    /// <param name="timesteps">Training timesteps of the model.</param>
    /// <returns>In [1, <paramref name="timesteps"/>].</returns>
    int DefaultSteps(int timesteps) => Math.Min(50, timesteps);

    /// <inheritdoc cref="ISamplerFactory{TOptions}.Open"/>
    ISampler Open(object options, SamplerContext context);
}

/// <summary>Creates samplers for diffusion models. The class must have the attribute <see cref="SamplerAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
public interface ISamplerFactory<in TOptions> : ISamplerFactory where TOptions : class, new()
{
    /// <summary>Creates the sampler of one batch.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">The model's noise schedule and type of prediction, and the number of steps.</param>
    /// <exception cref="ModelException">The sampler does not support the type of prediction or the number of steps.</exception>
    ISampler Open(TOptions options, SamplerContext context);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    ISampler ISamplerFactory.Open(object options, SamplerContext context) => Open((TOptions)options, context);
}

/// <summary>The host's services for a sampler component.</summary>
/// <param name="AlphasCumulative">The model's noise schedule (<see cref="IDenoiser.AlphasCumulative"/>).</param>
/// <param name="Prediction">What the model predicts.</param>
/// <param name="Steps">
/// The requested number of denoising steps, in [1, training timesteps]. A sampler that evaluates the model several times in a step
/// has more <see cref="ISampler.Timesteps"/>.
/// </param>
public sealed record SamplerContext(IReadOnlyList<double> AlphasCumulative, PredictionType Prediction, int Steps);
