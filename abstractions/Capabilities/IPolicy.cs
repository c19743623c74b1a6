namespace Tenon;

/// <summary>Sequences of actions that a policy took, with what is needed to judge them again. Owns its tensors.</summary>
public sealed class Rollout : IDisposable
{
    /// <summary>Takes over its parts.</summary>
    /// <param name="states">What the policy saw and did, in the model's own names.</param>
    /// <param name="logProbabilities">float32 [B, T]: of each action under the policy that took it.</param>
    /// <param name="mask">float32 [B, T]: 1 where an action was taken, 0 after the end.</param>
    public Rollout(Batch states, Tensor logProbabilities, Tensor mask)
    {
        States = states;
        LogProbabilities = logProbabilities.DetachFromDisposeScope();
        Mask = mask.DetachFromDisposeScope();
    }

    /// <summary>What the policy saw and did, in the model's own names; the first dimension of each tensor is B.</summary>
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

/// <summary>A rollout judged under the model's present parameters. Tensors are in the current dispose scope, with graph.</summary>
/// <param name="LogProbabilities">float32 [B, T] of the actions taken.</param>
/// <param name="Entropy">float32 [B, T] of the distribution at each action, in nats.</param>
/// <param name="Features">float32 [B, T, E]: the hidden state before each action, for a value head.</param>
public sealed record PolicyEvaluation(Tensor LogProbabilities, Tensor Entropy, Tensor Features);

/// <summary>
/// A model that acts: a language model continues a prompt, a classifier chooses a class (one step), a denoiser takes its
/// denoising steps (Black et al. 2023, DDPO). Probabilities of sampled actions equal recomputed ones.
/// </summary>
public interface IPolicy : IModel
{
    /// <summary>Size of <see cref="PolicyEvaluation.Features"/>, E.</summary>
    int FeatureSize { get; }

    /// <summary>Samples one sequence of actions an input, without gradients. The caller disposes the result.</summary>
    /// <param name="inputs">Prompts, images or classes, made by the model's collate. Not disposed.</param>
    /// <param name="options">Length, temperature and truncation, as far as they apply.</param>
    /// <param name="random">The only source of chance.</param>
    Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random);

    /// <summary>
    /// The same, until it is asked to stop. A policy of many steps looks before each; what a policy of one step does, this does for
    /// it: it looks before the sampling.
    /// </summary>
    /// <param name="inputs">Prompts, images or classes, made by the model's collate. Not disposed.</param>
    /// <param name="options">Length, temperature and truncation, as far as they apply.</param>
    /// <param name="random">The only source of chance.</param>
    /// <param name="stop">Ends the sampling, of which nothing is left behind.</param>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Sample(inputs, options, random);
    }

    /// <summary>Judges a rollout under the present parameters.</summary>
    /// <param name="rollout">Of this architecture. Not disposed.</param>
    /// <param name="options">Those that it was sampled with.</param>
    PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options);

    /// <summary>What the actions of a rollout came to, for rewards to judge.</summary>
    /// <param name="rollout">Of this architecture. Not disposed.</param>
    /// <param name="tokenizer">The run's, or null when it has none.</param>
    /// <returns>One outcome for each row of the rollout.</returns>
    /// <exception cref="ModelException">The outcomes are text, and there is no tokenizer.</exception>
    IReadOnlyList<Outcome> Outcomes(Rollout rollout, ITokenizer? tokenizer);
}

/// <summary>A policy that says by its type what its actions come to, so that a reward which cannot judge it is refused beforehand.</summary>
/// <typeparam name="TOutcome">The kind of outcome.</typeparam>
public interface IPolicy<out TOutcome> : IPolicy where TOutcome : Outcome
{
    /// <inheritdoc cref="IPolicy.Outcomes"/>
    new IReadOnlyList<TOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer);

    /// <inheritdoc/>
    IReadOnlyList<Outcome> IPolicy.Outcomes(Rollout rollout, ITokenizer? tokenizer) => Outcomes(rollout, tokenizer);
}
