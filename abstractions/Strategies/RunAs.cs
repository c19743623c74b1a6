using System.Text.Json.Nodes;

namespace Tenon;

/// <summary>A run whose model has the type of a capability.</summary>
/// <typeparam name="TModel">The capability.</typeparam>
/// <param name="run">The run.</param>
internal sealed class RunAs<TModel>(IRun run) : IRun<TModel> where TModel : IModel
{
    /// <inheritdoc/>
    public TModel Model => (TModel)run.Model;

    /// <inheritdoc/>
    public TModel Reference => (TModel)run.Reference;

    /// <inheritdoc/>
    public IOpenDevice Device => run.Device;

    /// <inheritdoc/>
    public ITokenizer? Tokenizer => run.Tokenizer;

    /// <inheritdoc/>
    public IRunData Data => run.Data;

    /// <inheritdoc/>
    public SeededRandom Random => run.Random;

    /// <inheritdoc/>
    public ICommunicator Ranks => run.Ranks;

    /// <inheritdoc/>
    public ITextGenerator Generator => run.Generator;

    /// <inheritdoc/>
    public IReward? Reward => run.Reward;

    /// <inheritdoc/>
    public IRunState State => run.State;

    /// <inheritdoc/>
    public void Record(string name, double value) => run.Record(name, value);

    /// <inheritdoc/>
    public void Report(RunTable table) => run.Report(table);

    /// <inheritdoc/>
    public void Write(string name, JsonNode content) => run.Write(name, content);

    /// <inheritdoc/>
    public void Write(string name, RunFigure figure) => run.Write(name, figure);

    /// <inheritdoc/>
    public IOptimization Optimize(OptimizationSetup? setup = null) => run.Optimize(setup);
}
