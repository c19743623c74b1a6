using System.ComponentModel.DataAnnotations;
using Tenon.Host.Evaluation;

namespace Tenon.Host.Plugins.Components;

/// <summary>A strategy with its option and model types hidden.</summary>
internal abstract class StrategyHandle
{
    /// <summary>The capability that the strategy needs.</summary>
    public abstract Type Needs { get; }

    /// <summary>Wraps a component.</summary>
    public static StrategyHandle For(object component) =>
        Handle.Create<StrategyHandle>(component, typeof(IStrategy<,>), typeof(StrategyHandle<,>));

    /// <summary>Trains.</summary>
    /// <param name="options">The strategy's options.</param>
    /// <param name="run">An <see cref="IRun{TModel}"/> of a model with the capability.</param>
    /// <param name="stop">Asked for by the user.</param>
    public abstract void Run(object options, IRun run, CancellationToken stop);

    /// <summary>What keeps a run from working, as far as data and model tell.</summary>
    /// <param name="options">The strategy's options.</param>
    /// <param name="model">A model with the capability.</param>
    /// <param name="tokenizer">The run's, or null.</param>
    /// <param name="data">The run's.</param>
    public abstract IReadOnlyList<ValidationResult> Objections(object options, IModel model, ITokenizer? tokenizer, IRunData data);

    /// <summary>What the strategy validates by, in a run that is over. The caller disposes it.</summary>
    /// <param name="options">The strategy's options.</param>
    /// <param name="run">A model with the capability, and what it is measured on.</param>
    public abstract StrategyEvaluation Evaluation(object options, EvaluatedRun run);
}

/// <inheritdoc/>
internal sealed class StrategyHandle<TOptions, TModel>(IStrategy<TOptions, TModel> strategy) : StrategyHandle
    where TOptions : class, new()
    where TModel : IModel
{
    public override Type Needs => typeof(TModel);

    // IRun<out TModel> is covariant, so a run of the model's own class is a run of each of its capabilities.
    public override void Run(object options, IRun run, CancellationToken stop) =>
        strategy.Run((TOptions)options, (IRun<TModel>)run, stop);

    public override IReadOnlyList<ValidationResult> Objections(object options, IModel model, ITokenizer? tokenizer, IRunData data) =>
        [.. strategy.Objections((TOptions)options, (TModel)model, tokenizer, data)];

    public override StrategyEvaluation Evaluation(object options, EvaluatedRun run) =>
        new StrategyEvaluation<TOptions, TModel>(strategy, (TOptions)options, run);
}
