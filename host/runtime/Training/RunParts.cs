using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Training;

/// <summary>The parts of a <see cref="TrainingRun"/>, which does not own them.</summary>
internal sealed record RunParts
{
    /// <summary>The recipe: seed, and the sections of the training step, validation, checkpoints and samples.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>
    /// The model, on the device, in train mode, at the parameters that the run starts from (not those of the checkpoint).
    /// </summary>
    public required IModel Model { get; init; }

    /// <summary>The model's configuration files, and the path of its weights.</summary>
    public required ModelLayout Layout { get; init; }

    /// <summary>The open device.</summary>
    public required IOpenDevice Device { get; init; }

    /// <summary>The tokenizer, or null.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>The data.</summary>
    public required IRunData Data { get; init; }

    /// <summary>Whether <see cref="Data"/> has examples to validate on.</summary>
    public required bool HasValidation { get; init; }

    /// <summary>
    /// Creates <see cref="IRun{TModel}.Reference"/>: another model with the parameters that the run starts from. Null if the run
    /// has none.
    /// </summary>
    public Func<IModel>? Reference { get; init; }

    /// <summary>The recipe's rewards, or null.</summary>
    public ComposedReward? Reward { get; init; }

    /// <summary>The sampler of a diffusion model; null for other models.</summary>
    public ChosenSampler? Sampler { get; init; }

    /// <summary>Generates text.</summary>
    public required ITextGenerator Generator { get; init; }

    /// <summary>The run's folder.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>The checkpoint to resume from; null for a new run.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>
    /// Called before anything is written, when the strategy has set up training and the checkpoint of a resumed run fits. A refused
    /// run leaves nothing, and a refused resume leaves the folder as it was.
    /// </summary>
    public Action Accept { get; init; } = () => { };

    /// <summary>Receives progress.</summary>
    public RunEvents Events { get; init; } = RunEvents.None;

    /// <summary>Draws plots; null to draw none.</summary>
    public IPlots? Plots { get; init; }

    /// <summary>Losses to compare with, as horizontal lines in the plot: <c>uniform over the vocabulary</c>.</summary>
    public IReadOnlyList<LossBaseline> Baselines { get; init; } = [];

    /// <summary>The processes of the run. Only the writer's process writes files.</summary>
    public World World { get; init; } = World.Single;

    /// <summary>Requests of the user for a checkpoint.</summary>
    public CheckpointRequests Requests { get; init; } = new();

    /// <summary>Number of batches prepared in advance on another thread; 0 for none.</summary>
    public int BatchesAhead { get; init; } = 4;

    /// <summary>Cancelled when the user asks to stop.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>
    /// The time of <see cref="System.Diagnostics.Stopwatch"/> when the run began, before its data and model were opened. Opening
    /// them can take long, for example if a model generates the data.
    /// </summary>
    public long Started { get; init; } = System.Diagnostics.Stopwatch.GetTimestamp();

    /// <summary>The clock for times in metrics and for checkpoints by time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
