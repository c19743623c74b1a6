namespace Tenon;

/// <summary>Sequences of actions that a policy took, with everything needed to evaluate them again. Owns its tensors.</summary>
public sealed class Rollout : IDisposable
{
    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="states">States and actions under the model's own tensor names.</param>
    /// <param name="logProbabilities">float32 [B, T]: log-probability of each action under the policy that took it.</param>
    /// <param name="mask">float32 [B, T]: 1 where an action was taken, 0 after the end.</param>
    public Rollout(Batch states, Tensor logProbabilities, Tensor mask)
    {
        States = states;
        LogProbabilities = logProbabilities.DetachFromDisposeScope();
        Mask = mask.DetachFromDisposeScope();
    }

    /// <summary>States and actions under the model's own tensor names; the first dimension of each tensor is B.</summary>
    public Batch States { get; }

    /// <summary>float32 [B, T]: log-probability of each action under the policy that took it.</summary>
    public Tensor LogProbabilities { get; }

    /// <summary>float32 [B, T]: 1 where an action was taken, 0 after the end.</summary>
    public Tensor Mask { get; }

    /// <summary>Disposes states and tensors.</summary>
    public void Dispose()
    {
        States.Dispose();
        LogProbabilities.Dispose();
        Mask.Dispose();
    }
}

/// <summary>A rollout evaluated under the model's current parameters. Tensors are in the current dispose scope, with graph.</summary>
/// <param name="LogProbabilities">float32 [B, T]: log-probability of each action.</param>
/// <param name="Entropy">float32 [B, T]: entropy of the distribution at each action, in nats.</param>
/// <param name="Features">float32 [B, T, E]: the hidden state before each action, for a value head.</param>
public sealed record PolicyEvaluation(Tensor LogProbabilities, Tensor Entropy, Tensor Features);

/// <summary>
/// A model that acts: a language model continues a prompt, a classifier chooses a class (one step), a denoiser takes its
/// denoising steps (Black et al. 2023, DDPO). Log-probabilities from <see cref="Sample(Batch, SamplingOptions, SeededRandom)"/>
/// equal those from <see cref="Evaluate"/>.
/// </summary>
public interface IPolicy : IModel
{
    /// <summary>Size of <see cref="PolicyEvaluation.Features"/>, E.</summary>
    int FeatureSize { get; }

    /// <summary>Samples one sequence of actions per input, without gradients. The caller disposes the result.</summary>
    /// <param name="inputs">Prompts, images or classes, created by the model's collate. Not disposed.</param>
    /// <param name="options">Length, temperature and truncation, as far as they apply.</param>
    /// <param name="random">
    /// The only source of randomness. Row i draws from the fork of its place in the whole batch (<see cref="BatchPart.Place"/>), so that
    /// several processes that divide the inputs sample the same actions as one.
    /// </param>
    Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random);

    /// <summary>
    /// Like the other overload, but can be cancelled. A policy with many steps checks before each step; the default, for policies
    /// with one step, checks once before sampling.
    /// </summary>
    /// <param name="inputs">Prompts, images or classes, created by the model's collate. Not disposed.</param>
    /// <param name="options">Length, temperature and truncation, as far as they apply.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="stop">Cancels the sampling and frees its tensors.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Sample(inputs, options, random);
    }

    /// <summary>Evaluates a rollout under the current parameters.</summary>
    /// <param name="rollout">A rollout of this architecture. Not disposed.</param>
    /// <param name="options">The options that it was sampled with.</param>
    PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options);

    /// <summary>Returns the outcomes of a rollout, for rewards to score.</summary>
    /// <param name="rollout">A rollout of this architecture. Not disposed.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    /// <returns>One outcome per row of the rollout.</returns>
    /// <exception cref="ModelException">The outcomes are text, and there is no tokenizer.</exception>
    IReadOnlyList<Outcome> Outcomes(Rollout rollout, ITokenizer? tokenizer);
}

/// <summary>A policy whose type declares its outcomes, so that a reward that cannot score them is refused before the run.</summary>
/// <typeparam name="TOutcome">The type of outcome.</typeparam>
public interface IPolicy<out TOutcome> : IPolicy where TOutcome : Outcome
{
    /// <inheritdoc cref="IPolicy.Outcomes"/>
    new IReadOnlyList<TOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer);

    /// <inheritdoc/>
    IReadOnlyList<Outcome> IPolicy.Outcomes(Rollout rollout, ITokenizer? tokenizer) => Outcomes(rollout, tokenizer);
}
