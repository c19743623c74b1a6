using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Optimizers;

/// <summary>A trainable parameter with its name in the model's state dictionary.</summary>
internal sealed record NamedParameter(string Name, Parameter Value);

/// <summary>Parameters that share a factor on the learning rate.</summary>
/// <param name="Parameters">The parameters, in a fixed order. A name must be in only one group.</param>
/// <param name="LearningRateMultiplier">The factor, at least 0; with 1, the rate is that of <see cref="IOptimizer.Step"/>.</param>
internal sealed record ParameterGroup(IReadOnlyList<NamedParameter> Parameters, double LearningRateMultiplier);

/// <summary>
/// An optimizer as the training step uses it. Owns its state, but not the parameters. Weight decay is decoupled from the gradient
/// (Loshchilov and Hutter 2019) and applies to matrices (two dimensions or more), never to biases and norms.
/// </summary>
/// <remarks>
/// Not thread-safe: use one training thread. <c>Module.to</c> may replace parameters, so move the model first and then create the
/// optimizer.
/// </remarks>
internal interface IOptimizer : IDisposable
{
    /// <summary>
    /// The state by name, <c>{parameter}.{what}</c>. The tensors are live and owned by the optimizer: copy them if they must
    /// outlive the next step.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Updates every parameter that has a gradient; others, and their state, are unchanged.</summary>
    /// <param name="learningRate">The rate of this step, before a group's multiplier.</param>
    void Step(double learningRate);

    /// <summary>
    /// Scales all gradients together so that their 2-norm is at most <paramref name="maximumNorm"/>, as
    /// torch.nn.utils.clip_grad_norm_ does.
    /// </summary>
    /// <returns>The norm before clipping; 0 without gradients. If it is not finite, the gradients are unchanged: skip the step.</returns>
    double ClipGradients(double maximumNorm);

    /// <summary>Returns the 2-norm of all gradients together; 0 without gradients. Not finite if any gradient is not finite.</summary>
    double GradientNorm();

    /// <summary>
    /// Sets all gradients to null rather than zero, so that the next backward pass writes them instead of reading and adding.
    /// </summary>
    void ZeroGradients();

    /// <summary>Copies a saved <see cref="State"/> into this optimizer, bit for bit.</summary>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a shape or type differs; nothing was changed.</exception>
    void LoadState(IReadOnlyDictionary<string, Tensor> saved);
}
