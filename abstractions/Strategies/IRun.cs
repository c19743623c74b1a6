using System.Text.Json.Nodes;

namespace Tenon;

/// <summary>A run as a strategy sees it, with a model of any type. The host owns all members.</summary>
public interface IRun
{
    /// <inheritdoc cref="IRun{TModel}.Model"/>
    IModel Model { get; }

    /// <inheritdoc cref="IRun{TModel}.Reference"/>
    IModel Reference { get; }

    /// <summary>The device in use.</summary>
    IOpenDevice Device { get; }

    /// <summary>The tokenizer, or null if the run has none.</summary>
    ITokenizer? Tokenizer { get; }

    /// <summary>The data.</summary>
    IRunData Data { get; }

    /// <summary>The root of the run's random numbers: fork it by name and step, so that a resumed run draws the same numbers.</summary>
    SeededRandom Random { get; }

    /// <summary>
    /// The processes that divide each batch; one if the run has no others. A strategy that creates batches of its own divides their
    /// rows among them, and exchanges what depends on all rows. Owned by the host.
    /// </summary>
    ICommunicator Ranks => new SingleProcess();

    /// <summary>Generates text.</summary>
    ITextGenerator Generator { get; }

    /// <summary>
    /// The weighted sum of the recipe's rewards; null if the recipe has none. Each call records the mean of each term as
    /// <c>reward/NAME</c>. Disposed by the host.
    /// </summary>
    IReward? Reward { get; }

    /// <summary>State besides parameters that a strategy keeps across a resume: a coefficient, a best score.</summary>
    IRunState State { get; }

    /// <summary>Records a metric of the current step: on screen, in <c>metrics.jsonl</c> and in TensorBoard events.</summary>
    /// <param name="name">Name with a slash between group and metric: <c>rl/kl</c>.</param>
    /// <param name="value">Any number; NaN is recorded as such.</param>
    void Record(string name, double value);

    /// <summary>Shows a table at the end of the run.</summary>
    /// <param name="table">The table.</param>
    void Report(RunTable table);

    /// <summary>Writes a file into the run's folder atomically.</summary>
    /// <param name="name">File name without the extension <c>.json</c>.</param>
    /// <param name="content">The content.</param>
    void Write(string name, JsonNode content);

    /// <summary>Plots a figure into the run's folder; reports a warning if this machine cannot draw.</summary>
    /// <param name="name">File name without the extension <c>.png</c>.</param>
    /// <param name="figure">The figure.</param>
    void Write(string name, RunFigure figure);

    /// <summary>
    /// Starts the host's training step: precision, accumulation, clipping, optimizer, schedule, averages, metrics and
    /// checkpoints. Called once per run. On a resumed run it continues from the checkpoint. The caller disposes it.
    /// </summary>
    /// <param name="setup">
    /// The parameters to train and the batches to train them on; null for all parameters of the model on its own batches.
    /// </param>
    /// <exception cref="InvalidOperationException">It was called before, or no parameter requires a gradient.</exception>
    IOptimization Optimize(OptimizationSetup? setup = null);

    /// <summary>Returns the same run, with the model as a capability.</summary>
    /// <typeparam name="TModel">The capability.</typeparam>
    IRun<TModel> As<TModel>() where TModel : IModel => new RunAs<TModel>(this);
}

/// <summary>A run as a strategy sees it, with the model as the capability that it needs.</summary>
/// <typeparam name="TModel">The capability.</typeparam>
public interface IRun<out TModel> : IRun where TModel : IModel
{
    /// <summary>The model, on the device, in train mode.</summary>
    new TModel Model { get; }

    /// <summary>
    /// The model as it was before the first step, even on a resumed run: frozen, in eval mode, on the device. Created on first
    /// use; disposed by the host. Used to measure divergence from the initial model (Ouyang et al. 2022; Rafailov et al. 2023).
    /// </summary>
    new TModel Reference { get; }

    /// <inheritdoc/>
    IModel IRun.Model => Model;

    /// <inheritdoc/>
    IModel IRun.Reference => Reference;
}

/// <summary>The two splits of the data.</summary>
public enum Split
{
    /// <summary>The training split.</summary>
    Train,

    /// <summary>The validation split.</summary>
    Validation,
}

/// <summary>The data of a run.</summary>
public interface IRunData
{
    /// <summary>Facts of the data.</summary>
    DataFacts Facts { get; }

    /// <summary>Returns the examples of a split, or null if the data has a different type of example.</summary>
    /// <typeparam name="TExample">The type of example.</typeparam>
    /// <param name="split">The split.</param>
    IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example;

    /// <summary>Batches for the model's own objective, created by its collate function for the run's type of example.</summary>
    /// <param name="split">The split. Training batches are reshuffled in each pass; validation batches are in order.</param>
    IBatchSource Batches(Split split);

    /// <summary>Batches created by another collate function.</summary>
    /// <typeparam name="TExample">The type of example; must be the data's.</typeparam>
    /// <param name="split">The split.</param>
    /// <param name="collate">Creates the batches, on worker threads.</param>
    /// <exception cref="InvalidOperationException">The data has a different type of example.</exception>
    IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example;
}

/// <summary>Values that are saved with each checkpoint and restored from it.</summary>
public interface IRunState
{
    /// <summary>Returns the value saved under a name, or the initial value on a new run.</summary>
    /// <typeparam name="T">A type that System.Text.Json serializes without loss.</typeparam>
    /// <param name="name">The value's name.</param>
    /// <param name="initial">Used if nothing was saved.</param>
    T Get<T>(string name, T initial);

    /// <summary>Keeps a value for the next checkpoint.</summary>
    /// <typeparam name="T">A type that System.Text.Json serializes without loss.</typeparam>
    /// <param name="name">The value's name.</param>
    /// <param name="value">The value.</param>
    void Set<T>(string name, T value);
}
