using System.Text.Json.Nodes;

namespace Tenon;

/// <summary>What a strategy sees of a run, whatever the model. Everything here belongs to the host.</summary>
public interface IRun
{
    /// <inheritdoc cref="IRun{TModel}.Model"/>
    IModel Model { get; }

    /// <inheritdoc cref="IRun{TModel}.Reference"/>
    IModel Reference { get; }

    /// <summary>The device in use.</summary>
    IOpenDevice Device { get; }

    /// <summary>The tokenizer, or null when the run has none.</summary>
    ITokenizer? Tokenizer { get; }

    /// <summary>The data.</summary>
    IRunData Data { get; }

    /// <summary>The root of the run's randomness: fork it by name and step, so that a resumed run draws the same numbers.</summary>
    SeededRandom Random { get; }

    /// <summary>Generates text.</summary>
    ITextGenerator Generator { get; }

    /// <summary>
    /// The sum of the recipe's rewards, each times its weight; null when the recipe names none. Each call records the
    /// mean of every part as <c>reward/NAME</c>. Disposed by the host.
    /// </summary>
    IReward? Reward { get; }

    /// <summary>What a strategy keeps across a resume besides parameters: a coefficient, a best score.</summary>
    IRunState State { get; }

    /// <summary>Records a figure for the current step: on screen, in <c>metrics.jsonl</c> and in the TensorBoard events.</summary>
    /// <param name="name">The field's name, with a slash between group and figure: <c>rl/kl</c>.</param>
    /// <param name="value">Any number; not a number is recorded as such.</param>
    void Record(string name, double value);

    /// <summary>Shows a table when the run is over.</summary>
    /// <param name="table">The table.</param>
    void Report(RunTable table);

    /// <summary>Writes a file of the run's folder, whole or not at all.</summary>
    /// <param name="name">Its name without the ending, which is <c>.json</c>.</param>
    /// <param name="content">Its content.</param>
    void Write(string name, JsonNode content);

    /// <summary>Draws a picture into the run's folder; where this machine cannot draw, says so.</summary>
    /// <param name="name">Its name without the ending, which is <c>.png</c>.</param>
    /// <param name="figure">What to draw.</param>
    void Write(string name, RunFigure figure);

    /// <summary>
    /// The training step of the host: precision, accumulation, clipping, optimizer, schedule, averages, metrics and
    /// checkpoints. One a run. On a resumed run it stands where the checkpoint stood. The caller disposes it.
    /// </summary>
    /// <param name="setup">What is trained and on what; null: all parameters of the model, on its own batches.</param>
    /// <exception cref="InvalidOperationException">It was already called, or nothing in the set-up requires a gradient.</exception>
    IOptimization Optimize(OptimizationSetup? setup = null);

    /// <summary>The same run, with the model as a capability.</summary>
    /// <typeparam name="TModel">The capability.</typeparam>
    IRun<TModel> As<TModel>() where TModel : IModel => new RunAs<TModel>(this);
}

/// <summary>What a strategy sees of a run, with the model as the capability that it needs.</summary>
/// <typeparam name="TModel">The capability.</typeparam>
public interface IRun<out TModel> : IRun where TModel : IModel
{
    /// <summary>The model, on the device, in train mode.</summary>
    new TModel Model { get; }

    /// <summary>
    /// The model as it was when the run began, before its first step, also on a resumed run: frozen, in eval mode, on the
    /// device. Made when first asked for; disposed by the host. To measure how far training has led (Ouyang et al. 2022;
    /// Rafailov et al. 2023).
    /// </summary>
    new TModel Reference { get; }

    /// <inheritdoc/>
    IModel IRun.Model => Model;

    /// <inheritdoc/>
    IModel IRun.Reference => Reference;
}

/// <summary>The two parts that examples are divided into.</summary>
public enum Split
{
    /// <summary>To train on.</summary>
    Train,

    /// <summary>Held out.</summary>
    Validation,
}

/// <summary>The data of a run.</summary>
public interface IRunData
{
    /// <summary>Facts of the data.</summary>
    DataFacts Facts { get; }

    /// <summary>The examples of a split, or null when the data has another kind.</summary>
    /// <typeparam name="TExample">The kind wanted.</typeparam>
    /// <param name="split">Which part.</param>
    IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example;

    /// <summary>Batches of the model's own objective: its collate for the run's kind of example.</summary>
    /// <param name="split">Which part. Training batches are shuffled anew each pass; validation batches are in order.</param>
    IBatchSource Batches(Split split);

    /// <summary>Batches made by another collate function.</summary>
    /// <typeparam name="TExample">The kind of example, which must be the data's.</typeparam>
    /// <param name="split">Which part.</param>
    /// <param name="collate">Makes the batches, on worker threads.</param>
    /// <exception cref="InvalidOperationException">The data has another kind of example.</exception>
    IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example;
}

/// <summary>Values that are saved with each checkpoint and restored with it.</summary>
public interface IRunState
{
    /// <summary>The value saved under a name, or the initial one on a fresh run.</summary>
    /// <typeparam name="T">Anything that System.Text.Json writes and reads without loss.</typeparam>
    /// <param name="name">The value's name.</param>
    /// <param name="initial">Taken when nothing was saved.</param>
    T Get<T>(string name, T initial);

    /// <summary>Keeps a value for the next checkpoint.</summary>
    /// <typeparam name="T">Anything that System.Text.Json writes and reads without loss.</typeparam>
    /// <param name="name">The value's name.</param>
    /// <param name="value">The value.</param>
    void Set<T>(string name, T value);
}
