using Tenon.Host.Native;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Training.Optimizers;
using Tenon.Host.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>
/// One update of the parameters: forward and backward passes over the micro-batches, clipping, optimizer, averages. A function of
/// parameters, optimizer state, batches and step number. <see cref="Optimization"/> performs the work between steps.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TrainedParameters trained;
    private readonly TrainingOptions options;
    private readonly SeededRandom random;
    private readonly LearningRate rate;
    private readonly World world;
    private readonly GradientExchange? exchange;
    private TrafficFigures layers = TrafficFigures.None;
    private readonly StageParameters? stages;
    private readonly PipelinePasses? passes;

    /// <summary>Creates optimizer state and averages at step 0.</summary>
    /// <param name="trained">The parameters to update.</param>
    /// <param name="options">The recipe's section.</param>
    /// <param name="precision">With Fp16, the loss is scaled.</param>
    /// <param name="random">The root of the run's random streams.</param>
    /// <param name="world">The processes that share the step; null for this process alone.</param>
    /// <param name="model">The model, for processes that divide its layers.</param>
    /// <exception cref="ModelException">The processes cannot divide the optimizer's state or the layers.</exception>
    public TrainingStep(
        TrainedParameters trained, TrainingOptions options, Precision precision, SeededRandom random, World? world = null,
        IModel? model = null)
    {
        this.world = world ?? World.Single;
        TrainedParameters all = trained;
        if (this.world.Pipeline.Size > 1)
        {
            IStaged staged = model as IStaged ?? throw new ModelException(
                "The layers of this model cannot be divided among processes. Set parallel:pipeline to 1.");
            stages = new StageParameters(staged, all, this.world);
            passes = new PipelinePasses(staged, stages, this.world);
            trained = stages.Own;
        }

        this.trained = trained;
        this.options = options;
        this.random = random;
        rate = new LearningRate(options);
        CheckDivision();
        exchange = this.world.IsParallel ? new GradientExchange(trained, this.world, stages) : null;
        Optimizer = OptimizerFactory.Create(options, exchange?.Groups ?? trained.Groups);
        // Those of parameters that other stages train are out of date until they are collected, like the parameters.
        Ema = options.Ema > 0 ? new Ema(all.All, all.Buffers, options.Ema) : null;
        Scale = precision == Precision.Fp16 ? new LossScale() : null;
    }

    /// <summary>The optimizer.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>Returns the optimizer's state for a checkpoint. Called by all processes at the same time. The caller disposes it.</summary>
    public OptimizerTensors CollectState() => OptimizerTensors.Collect(
        Optimizer, OptimizerFactory.Layout(options), exchange?.Shards, stages, isNeeded: world.Data.Rank == 0);

    /// <summary>Returns tensors to read the optimizer's state of a checkpoint into. The caller disposes them.</summary>
    public OptimizerTensors StateToRead() =>
        OptimizerTensors.ToRead(Optimizer, OptimizerFactory.Layout(options), exchange?.Shards, stages);

    /// <summary>
    /// Gives every process all parameters and averages, if some of them are trained only by others. Called by all processes at the same
    /// time, before the whole model is used or saved.
    /// </summary>
    public void CollectParameters() => stages?.Collect(Ema?.Averages);

    /// <summary>Returns what was exchanged with other processes since the last call; null if this process trains alone.</summary>
    public TrafficFigures? TakeTraffic()
    {
        if (exchange is null)
            return null;
        TrafficFigures all = layers + exchange.TakeTraffic() + (passes?.TakeTraffic() ?? TrafficFigures.None);
        layers = TrafficFigures.None;
        return all;
    }

    /// <summary>The averages, or null if the recipe does not use any.</summary>
    public Ema? Ema { get; }

    /// <summary>The factor on the loss; null for precisions other than float16.</summary>
    public LossScale? Scale { get; set; }

    /// <summary>Seeds torch's generators, so that dropout and noise depend only on seed and step.</summary>
    /// <param name="purpose">Names the random stream.</param>
    /// <param name="step">The step.</param>
    public void Seed(string purpose, long step) => TorchGenerators.Seed(random, purpose, step);

    /// <summary>Performs one update.</summary>
    /// <param name="step">Completed steps, which is also the number of this one, counted from 0.</param>
    /// <param name="batches">The micro-batches, on the device, owned by the caller; if several processes divide them, its rows.</param>
    /// <param name="loss">Mean loss over a batch's targets.</param>
    /// <exception cref="NonFiniteLossException">Loss or gradients are not finite; nothing was updated.</exception>
    /// <exception cref="DataException">No batch has a target.</exception>
    public StepResult Run(long step, IReadOnlyList<Batch> batches, Func<Batch, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        try
        {
            // What a validation or a checkpoint exchanged before is not a part of the step.
            world.Tensor.TakeTraffic();
            Seed("step", step);
            double mean = Backward(step, batches, loss);
            if (!double.IsFinite(mean))
                throw new NonFiniteLossException(step + 1, "loss", mean);

            double norm = exchange is not null ? exchange.Clip(options.Clip)
                : options.Clip > 0 ? Optimizer.ClipGradients(options.Clip) : Optimizer.GradientNorm();
            double learningRate = rate.At(step);
            var result = new StepResult(mean, norm, learningRate);
            if (!double.IsFinite(norm))
            {
                if (Scale?.Overflowed() == true)
                    return result;
                throw new NonFiniteLossException(step + 1, "norm of the gradients", norm);
            }

            Optimizer.Step(learningRate);
            exchange?.CollectParameters();
            stages?.Updated();
            Ema?.Update(step);
            Scale?.Succeeded();
            return result;
        }
        finally
        {
            Optimizer.ZeroGradients();
            exchange?.DropGradients();
            trained.DropUntrainedGradients();
            layers += world.Tensor.TakeTraffic();
        }
    }

    /// <summary>Frees optimizer state and averages.</summary>
    public void Dispose()
    {
        Optimizer.Dispose();
        exchange?.Dispose();
        Ema?.Dispose();
    }

    /// <summary>Accumulates the gradients of the loss over all targets of all batches, and returns that loss.</summary>
    private double Backward(long step, IReadOnlyList<Batch> batches, Func<Batch, Tensor> loss)
    {
        // The mean over zero targets is NaN, so batches without targets are skipped.
        Batch[] used = [.. batches.Where(batch => batch.Targets > 0)];
        long own = used.Sum(batch => batch.Targets);
        long[] sums = exchange?.Sum(own, used.Length > 0 ? 1 : 0) ?? [own, 1];
        long targets = sums[0];
        if (targets == 0)
            throw new DataException($"Step {step + 1}: none of its {batches.Sum(b => b.Examples)} examples has a target to learn from. " +
                "Use larger batches, or examples that are not truncated before their targets.");

        double sum = passes is null ? Passes(used, targets, isLastReduced: sums[1] == world.Data.Size, loss)
            : passes.Run(used, batch => batch.Targets / (double)targets, Scale?.Factor ?? 1, batch => BatchPart.Enter(PartOf(batch)));
        if (Scale is not null)
            Unscale();
        stages?.SumShared();
        return exchange?.Reduce(sum) ?? sum;
    }

    // The passes over the micro-batches of this process, one after another.
    private double Passes(Batch[] batches, long targets, bool isLastReduced, Func<Batch, Tensor> loss)
    {
        double sum = 0;
        foreach (Batch batch in batches)
        {
            using var scope = NewDisposeScope();
            using IDisposable rows = BatchPart.Enter(PartOf(batch));
            // Gradients are complete in the last pass; those of float16 still have to be divided by the scale of the loss.
            bool isReduced = isLastReduced && batch == batches[^1] && Scale is null;
            using IDisposable? reduced = isReduced ? exchange?.ReduceInBackward() : null;
            double share = batch.Targets / (double)targets;
            Tensor mean = loss(batch);
            Tensor scaled = mean * (share * (Scale?.Factor ?? 1));
            world.Tensor.Backward(() => scaled.backward());
            sum += share * mean.detach().to(ScalarType.Float64).item<double>();
        }

        return sum;
    }

    // The blocks of a quantized state follow the order of the dimensions, but the pieces of a divided one that of the memory.
    private void CheckDivision()
    {
        if (world is { IsParallel: true, Zero: > 0 } && options.Optimizer == OptimizerName.Adamw8bit
            && trained.All.FirstOrDefault(parameter => !parameter.Value.is_contiguous()) is { } strided)
        {
            throw new ModelException($"The optimizer 'adamw8bit' cannot be divided among processes for '{strided.Name}', which is stored " +
                "with its channels last. Set parallel:zero to 0, or use another optimizer.");
        }
    }

    // The rows of the whole batch that this one holds; null for all of them.
    private BatchPart? PartOf(Batch batch)
    {
        if (exchange is null || batch.RowTargets is not { Count: var count })
            return null;
        return BatchPart.Of(batch, world.Data.Rank * (long)count, (long)count * world.Data.Size);
    }

    private void Unscale()
    {
        using var untracked = no_grad();
        foreach (NamedParameter parameter in trained.All)
            parameter.Value.grad?.mul_(1 / Scale!.Factor);
    }
}
