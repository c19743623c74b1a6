namespace Tenon.Layers;

/// <summary>
/// One choice from a list as a policy of one step (T = 1): a class, or a word for a mask. States contain the choice as
/// <see cref="Actions"/>, in addition to the model's own inputs.
/// </summary>
public static class ChoicePolicy
{
    /// <summary>Name of the choice in the states: int64 [B, 1].</summary>
    public const string Actions = "actions";

    /// <summary>Chooses for each row.</summary>
    /// <param name="inputs">The model's inputs. Copied, not disposed.</param>
    /// <param name="logits">Maps the inputs to [B, C]; called in the current scope.</param>
    /// <param name="options">Temperature and truncation.</param>
    /// <param name="random">Row i draws from <c>random.Fork(i)</c>.</param>
    /// <returns>The caller disposes it.</returns>
    public static Rollout Sample(Batch inputs, Func<Batch, Tensor> logits, SamplingOptions options, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(random);
        PolicySampling.Check(options);
        Tensor distribution = TokenDistribution.Logits(logits(inputs), options); // [B, C]
        double[] uniform =
            [.. Enumerable.Range(0, (int)distribution.size(0)).Select(row => random.Fork(BatchPart.Place(row)).NextDouble())];
        Tensor chosen = TokenDistribution.Draw(distribution, uniform).unsqueeze(1); // [B, 1]
        Tensor logProbabilities = distribution.log_softmax(-1).gather(1, chosen); // [B, 1]
        Dictionary<string, Tensor> states = inputs.Names.ToDictionary(name => name, name => inputs[name].clone());
        states[Actions] = chosen;
        return new Rollout(new Batch(states, chosen.size(0), chosen.size(0)), logProbabilities, torch.ones_like(logProbabilities));
    }

    /// <summary>Evaluates the choices.</summary>
    /// <param name="rollout">From <see cref="Sample"/>. Not disposed.</param>
    /// <param name="logits">[B, C] for the rollout's
    /// states. Not disposed.</param>
    /// <param name="features">[B, E]: the hidden state that the logits come from. Not disposed.</param>
    /// <param name="options">The options with which the choice was made.</param>
    /// <returns>In the current dispose scope.</returns>
    public static PolicyEvaluation Evaluate(Rollout rollout, Tensor logits, Tensor features, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(features);
        PolicySampling.Check(options);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logProbabilities = TokenDistribution.Logits(logits, options).log_softmax(-1); // [B, C]
        Tensor entropy = -(logProbabilities.exp() * logProbabilities).sum(-1L, keepdim: true); // [B, 1]
        return new PolicyEvaluation(
            logProbabilities.gather(1, rollout.States[Actions]).MoveToOuterDisposeScope(),
            entropy.MoveToOuterDisposeScope(),
            features.to(torch.ScalarType.Float32).unsqueeze(1).MoveToOuterDisposeScope());
    }

    /// <summary>The choices, with the correct one from the states' <see cref="BatchNames.Labels"/> if there are labels.</summary>
    /// <param name="rollout">From <see cref="Sample"/>. Not disposed.</param>
    /// <param name="name">The name of a choice.</param>
    public static IReadOnlyList<ChoiceOutcome> Outcomes(Rollout rollout, Func<int, string> name)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(name);
        using DisposeScope scope = torch.NewDisposeScope();
        long[] chosen = [.. rollout.States[Actions].cpu().data<long>()];
        long[]? labels = rollout.States.Find(BatchNames.Labels) is { } right ? [.. right.cpu().data<long>()] : null;
        return [.. chosen.Select((choice, row) => new ChoiceOutcome(
            (int)choice, name((int)choice), labels is null || labels[row] == BatchNames.Ignored ? null : (int)labels[row]))];
    }
}
