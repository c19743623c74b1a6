namespace Tenon.Layers;

/// <summary>The part of <see cref="SamplingOptions"/> that a policy supports: options with which its probabilities can be
/// recomputed.</summary>
public static class PolicySampling
{
    /// <summary>Rejects options that are not part of the distribution of a policy that draws from logits.</summary>
    /// <param name="options">How actions are chosen.</param>
    /// <exception cref="ModelException">An option is not supported.</exception>
    public static void Check(SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.RepetitionPenalty != 1)
            throw new ModelException($"'repetitionPenalty' is {options.RepetitionPenalty}; " +
                "a policy supports only 1, because the penalty is not part of the model's distribution.");
        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0 || options.LogitBias is { Count: > 0 })
            throw new ModelException("A presence or frequency penalty or a bias is set; a policy draws from the model's own " +
                "distribution. Remove it.");
        if (options.Constraints is not null)
            throw new ModelException("Constraints on tokens are set; a policy draws from the model's own distribution. Remove them.");
        if (options.Format is not null)
            throw new ModelException("'format' is set; a policy draws from the model's own distribution. Remove 'format'.");
        if (options.Stop is { Count: > 0 })
            throw new ModelException("'stop' is set; a policy ends at the end-of-text token and at 'maxNewTokens' only. Remove 'stop'.");
    }

    /// <summary>Samples a rollout in eval mode and without gradients; the mode is restored afterwards.</summary>
    /// <param name="model">The policy's module.</param>
    /// <param name="sample">Creates the rollout, whose tensors it detaches from the dispose scope that is open during the call.</param>
    public static Rollout Sample(torch.nn.Module model, Func<Rollout> sample)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sample);
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var untracked = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            return sample();
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    /// <summary>Evaluates actions that were drawn from logits.</summary>
    /// <param name="logits">[B, T, V]. Not disposed.</param>
    /// <param name="features">[B, T, E]: what the logits were computed from. Becomes part of the result.</param>
    /// <param name="taken">int64 [B, T]: the actions; negative where there is none. Not disposed.</param>
    /// <param name="mask">float32 [B, T]: 1 for an action. Not disposed.</param>
    /// <param name="options">How the actions were chosen.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    public static PolicyEvaluation Evaluate(Tensor logits, Tensor features, Tensor taken, Tensor mask, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(taken);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logProbabilities = TokenDistribution.Logits(logits, options).log_softmax(-1); // [B, T, V]
        Tensor entropy = -(logProbabilities.exp() * logProbabilities).sum(-1L);
        Tensor chosen = logProbabilities.gather(2, taken.clamp(min: 0).unsqueeze(2)).squeeze(2); // [B, T]
        return new PolicyEvaluation(
            (chosen * mask).MoveToOuterDisposeScope(), (entropy * mask).MoveToOuterDisposeScope(), features);
    }

    /// <summary>Moves an evaluation's tensors to the outer dispose scope.</summary>
    /// <param name="evaluation">Created in the current scope.</param>
    /// <returns>The same object.</returns>
    public static PolicyEvaluation MoveToOuterDisposeScope(this PolicyEvaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        evaluation.LogProbabilities.MoveToOuterDisposeScope();
        evaluation.Entropy.MoveToOuterDisposeScope();
        evaluation.Features.MoveToOuterDisposeScope();
        return evaluation;
    }
}
