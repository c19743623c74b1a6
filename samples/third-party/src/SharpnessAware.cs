using System.ComponentModel.DataAnnotations;
using Tenon;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Contoso.Characters;

/// <summary>Options of <see cref="SharpnessAware"/>.</summary>
public sealed record SharpnessAwareOptions
{
    /// <summary>ρ: how far the weights are moved uphill before the gradient is computed.</summary>
    [Range(0.0, 10.0)]
    public double Radius { get; init; } = 0.05;
}

/// <summary>
/// Sharpness-aware minimization (Foret et al. 2021, algorithm 1): the gradient is computed where the loss is highest
/// nearby, so that training finds flat minima. Each step costs two gradients. It works with every <see cref="IModel"/>.
/// </summary>
[Strategy("sharpness-aware", "Trains towards flat minima with gradients taken uphill", Stability = Stability.Preview)]
public sealed class SharpnessAware : IStrategy<SharpnessAwareOptions, IModel>
{
    /// <inheritdoc/>
    public void Run(SharpnessAwareOptions options, IRun<IModel> run, CancellationToken stop)
    {
        Parameter[] weights = [.. run.Model.Module.parameters().Where(p => p.requires_grad)];
        using IOptimization optimization = run.Optimize();
        while (optimization.Next())
            optimization.Step(batch => Uphill(weights, options.Radius, () => run.Model.Loss(batch)));
    }

    // The host differentiates the returned scalar, which has the value of the loss and the gradient found uphill.
    private static Tensor Uphill(Parameter[] weights, double radius, Func<Tensor> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor here = loss();
        Tensor[] climb = Gradients(here, weights);
        Tensor norm = stack(climb.Select(g => g.square().sum())).sum().sqrt() + 1e-12;
        Tensor[] steps = [.. climb.Select(g => g * (radius / norm))];
        Move(weights, steps, 1);
        Tensor[] found = Gradients(loss(), weights);
        Move(weights, steps, -1);
        Tensor linear = stack(weights.Zip(found, (w, g) => (w * g).sum())).sum();
        return (here.detach() + linear - linear.detach()).MoveToOuterDisposeScope();
    }

    private static Tensor[] Gradients(Tensor loss, Parameter[] weights)
    {
        // A weight that this batch does not use also has a gradient: zero.
        Tensor every = loss + stack(weights.Select(w => w.sum())).sum() * 0;
        return [.. autograd.grad([every], weights).Select(g => g.detach())];
    }

    private static void Move(Parameter[] weights, Tensor[] steps, double sign)
    {
        using var untracked = no_grad();
        for (int i = 0; i < weights.Length; i++)
            weights[i].add_(steps[i] * sign);
    }
}
