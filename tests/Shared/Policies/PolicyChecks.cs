namespace Tenon.Tests;

/// <summary>What every policy promises.</summary>
internal static class PolicyChecks
{
    /// <summary>Log-probabilities sampled equal recomputed ones, shapes fit, entropies are finite and gradients flow.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="inputs">Not disposed.</param>
    /// <param name="options">How actions are chosen.</param>
    /// <param name="tolerance">Largest difference of log-probabilities.</param>
    public static void RecomputesWhatWasSampled(IPolicy model, Batch inputs, SamplingOptions options, double tolerance)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Rollout rollout = model.Sample(inputs, options, new SeededRandom(5));
        PolicyEvaluation evaluation = model.Evaluate(rollout, options);

        long[] shape = [inputs.Examples, rollout.Mask.size(1)];
        rollout.LogProbabilities.shape.Should().Equal(shape);
        evaluation.LogProbabilities.shape.Should().Equal(shape);
        evaluation.Entropy.shape.Should().Equal(shape);
        evaluation.Features.shape.Should().Equal([.. shape, model.FeatureSize]);
        rollout.LogProbabilities.requires_grad.Should().BeFalse();
        (evaluation.LogProbabilities - rollout.LogProbabilities).abs().max().item<float>().Should().BeLessThan((float)tolerance);
        evaluation.Entropy.isfinite().all().item<bool>().Should().BeTrue();

        evaluation.LogProbabilities.sum().backward();
        Tensor[] gradients = [.. model.Module.parameters().Select(parameter => parameter.grad).Where(gradient => gradient is not null)!];
        gradients.Should().NotBeEmpty();
        gradients.Should().OnlyContain(gradient => gradient.isfinite().all().item<bool>());
        gradients.Should().Contain(gradient => gradient.abs().max().item<float>() > 0);
    }

    /// <summary>The same source of chance gives the same rollout, another one another; the mode of the model stays.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="inputs">Not disposed.</param>
    /// <param name="options">How actions are chosen.</param>
    public static void Repeats(IPolicy model, Batch inputs, SamplingOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        model.Module.train();
        using Rollout first = model.Sample(inputs, options, new SeededRandom(5));
        model.Module.eval();
        using Rollout again = model.Sample(inputs, options, new SeededRandom(5));
        using Rollout other = model.Sample(inputs, options, new SeededRandom(6));

        model.Module.training.Should().BeFalse();
        foreach (string name in first.States.Names)
            first.States[name].equal(again.States[name]).all().item<bool>().Should().BeTrue(name);
        first.LogProbabilities.equal(again.LogProbabilities).all().item<bool>().Should().BeTrue();
        first.LogProbabilities.equal(other.LogProbabilities).all().item<bool>().Should().BeFalse();
        first.States.Names.Should()
            .OnlyContain(name => first.States[name].size(0) == inputs.Examples, "minibatches take rows of all states");
    }

    /// <summary>Sampling and judging leave no tensor behind.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="inputs">Not disposed.</param>
    /// <param name="options">How actions are chosen.</param>
    public static void LeavesNothing(IPolicy model, Batch inputs, SamplingOptions options)
    {
        Once();
        LiveTensors.LeftBy(Once).Should().Be(0);

        void Once()
        {
            using Rollout rollout = model.Sample(inputs, options, new SeededRandom(5));
            using DisposeScope scope = torch.NewDisposeScope();
            using var untracked = torch.no_grad();
            model.Evaluate(rollout, options);
        }
    }

    /// <summary>
    /// Asked to stop within a forward pass, a policy of many steps makes no other one, and leaves no tensor and its mode behind.
    /// </summary>
    /// <param name="model">The policy.</param>
    /// <param name="inputs">Not disposed.</param>
    /// <param name="options">How actions are chosen: in more than two forward passes.</param>
    /// <param name="layer">A layer that each pass calls once.</param>
    public static void EndsWhenAsked(IPolicy model, Batch inputs, SamplingOptions options, string layer)
    {
        model.Module.train();
        using var stop = new CancellationTokenSource();
        using var inside = new StopInside(model.Module, layer, pass: 2, stop.Cancel);
        Action sample = () => model.Sample(inputs, options, new SeededRandom(5), stop.Token);

        LiveTensors.LeftBy(() => sample.Should().Throw<OperationCanceledException>()).Should().Be(0);

        inside.Passes.Should().Be(2);
        model.Module.training.Should().BeTrue();
    }

    /// <summary>Asked to stop before, no policy begins.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="inputs">Not disposed.</param>
    /// <param name="options">How actions are chosen.</param>
    public static void DoesNotBeginAfterAStop(IPolicy model, Batch inputs, SamplingOptions options)
    {
        Action sample = () => model.Sample(inputs, options, new SeededRandom(5), new CancellationToken(canceled: true));
        sample.Should().Throw<OperationCanceledException>();
    }
}
