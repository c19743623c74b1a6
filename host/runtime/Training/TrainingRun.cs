using System.Diagnostics;
using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Training.Parallel;

namespace Tenon.Host.Training;

/// <summary>The run as strategies see it. The caller disposes it after the strategy.</summary>
internal sealed class TrainingRun : IRun, IDisposable
{
    private readonly RunParts parts;
    private readonly ReferenceModel reference;
    private readonly RunState state;
    private readonly RunMetrics metrics;
    private readonly Samples? samples;
    private readonly List<RunTable> tables = [];
    private readonly List<string> pictures = [];
    private Optimization? optimization;
    private bool hasBegun;

    /// <summary>Prepares the run. Nothing is written before it begins.</summary>
    /// <param name="parts">The parts of the run.</param>
    /// <exception cref="ModelException">The recipe requests samples that this model cannot produce.</exception>
    public TrainingRun(RunParts parts)
    {
        this.parts = parts;
        reference = new ReferenceModel(parts.Reference);
        samples = Samples.Of(parts);
        state = new RunState(parts.Checkpoint?.Trainer.State.DeepClone().AsObject() ?? new JsonObject());
        metrics = new RunMetrics(parts.Folder.Metrics, parts.Checkpoint?.Trainer.Metrics, parts.Clock);
        Random = new SeededRandom((ulong)parts.Recipe.Seed);
        Reward = parts.Reward?.Recording(Record);
    }

    /// <inheritdoc/>
    public IModel Model => parts.Model;

    /// <inheritdoc/>
    public IModel Reference => reference.Value;

    /// <inheritdoc/>
    public IOpenDevice Device => parts.Device;

    /// <inheritdoc/>
    public ITokenizer? Tokenizer => parts.Tokenizer;

    /// <inheritdoc/>
    public IRunData Data => parts.Data;

    /// <inheritdoc/>
    public SeededRandom Random { get; }

    /// <inheritdoc/>
    public ICommunicator Ranks => parts.World.Data;

    /// <inheritdoc/>
    public ITextGenerator Generator => parts.Generator;

    /// <inheritdoc/>
    public IReward? Reward { get; }

    /// <inheritdoc/>
    public IRunState State => state;

    /// <summary>
    /// The result of the run, once <see cref="IOptimization.Next"/> has returned false and the artifact is written; otherwise null.
    /// </summary>
    public RunSummary? Summary => optimization?.Summary;

    /// <summary>Whether the trained model is in the run's folder; failures after that do not lose it.</summary>
    public bool HasModel => optimization?.HasModel ?? false;

    /// <summary>The strategy's training setup; null before <see cref="Optimize"/>.</summary>
    public OptimizationSetup? Setup { get; private set; }

    /// <inheritdoc/>
    public void Record(string name, double value) =>
        metrics.Record(optimization?.CurrentStep ?? (parts.Checkpoint?.Trainer.Step ?? 0) + 1, name, value);

    /// <summary>The tables that the strategy reported.</summary>
    public IReadOnlyList<RunTable> Tables => tables;

    /// <summary>The images that the strategy drew, in addition to the loss plot.</summary>
    public IReadOnlyList<string> Pictures => pictures;

    /// <inheritdoc/>
    public void Report(RunTable table) => tables.Add(table);

    /// <inheritdoc/>
    public void Write(string name, JsonNode content)
    {
        Begin();
        if (parts.World.IsWriter)
            Durable.WriteText(parts.Folder.File(name + ".json"), content.ToJsonString(ModelFolder.Indented) + "\n");
    }

    /// <inheritdoc/>
    public void Write(string name, RunFigure figure)
    {
        Begin();
        if (parts.World.IsWriter && new RunPlots(parts.Folder, parts.Plots, parts.Events).Figure(name, figure) is { } file)
            pictures.Add(file);
    }

    /// <summary>Ends a run whose strategy did not train; its artifact is the unchanged model.</summary>
    /// <exception cref="InvalidOperationException">The strategy trained, but returned before its optimization ended.</exception>
    public RunSummary Conclude()
    {
        if (optimization is not null)
            throw new InvalidOperationException($"The strategy '{parts.Recipe.Strategy.Use}' returned before its optimization ended: it " +
                "must call Next until that returns false.");
        Begin();
        metrics.Flush();
        WholeTensors.Of(parts.Model, parts.World.Tensor).Write(
            parts.Model.Module, weights => ModelFolder.Save(parts.Folder.Path, parts.Layout, parts.Tokenizer, weights),
            parts.World.IsWriter);
        var summary = new RunSummary
        {
            Folder = parts.Folder.Path,
            Steps = 0,
            Loss = null,
            ValidationLoss = null,
            Perplexity = null,
            Time = Stopwatch.GetElapsedTime(parts.Started),
            UnitsPerSecond = 0,
            Unit = "steps",
            DataWaitShare = 0,
            PeakMemory = parts.Device.Memory.Peak,
        };
        if (parts.World.IsWriter)
            summary.Write(parts.Folder);
        return summary;
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The strategy trains an adapter, but the recipe names no base model.</exception>
    public IOptimization Optimize(OptimizationSetup? setup = null)
    {
        if (optimization is not null)
            throw new InvalidOperationException("Optimize was already called. A run can have only one optimization: train all " +
                "parameters in it, and set LearningRateScale if rates differ.");
        if (setup?.Adapter is not null && parts.Recipe.From is null)
            throw new ModelException($"The strategy '{parts.Recipe.Strategy.Use}' trains an adapter on a frozen model, but the recipe " +
                "has no model:from, so the frozen parameters would be random and would not be saved. Set model:from to the folder of a " +
                "trained model.");
        Setup = setup ?? new OptimizationSetup();
        return optimization = new Optimization(parts, Setup, state, metrics, samples, Random, Begin);
    }

    // When the strategy trains, writes or ends: what it refuses before changes nothing.
    private void Begin()
    {
        if (hasBegun)
            return;
        parts.Accept();
        metrics.Open(parts.World.IsWriter);
        hasBegun = true;
    }

    /// <summary>Closes the logs and frees the reference model.</summary>
    public void Dispose()
    {
        reference.Dispose();
        metrics.Dispose();
    }
}
