using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Native;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>A strategy with a small model and a learnable toy task.</summary>
public sealed class StrategySubject
{
    private readonly Func<IModel>? _model;
    private ExampleKind? _kind;

    internal StrategySubject(IStrategy strategy, object options, Func<IModel>? model = null)
    {
        TorchRuntime.Prepare();
        (Strategy, Options, _model) = (strategy, options, model);
    }

    internal IStrategy Strategy { get; }

    internal object Options { get; }

    internal ITokenizer Tokenizer { get; } = new ToyTokenizer();

    internal static ModelLayout Layout { get; } =
        new(new ModelConfiguration(new JsonObject { ["model_type"] = "toy" }), "model.safetensors");

    /// <summary>Creates the test subject for a strategy.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <typeparam name="TModel">The capability that the strategy needs.</typeparam>
    /// <param name="strategy">The component.</param>
    /// <param name="options">Options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <param name="model">
    /// Builds a small model for 40 token ids, or images of 8 × 8; torch is seeded. Null for the kit's language model and
    /// classifier, if it has the capability.
    /// </param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static StrategySubject Of<TOptions, TModel>(IStrategy<TOptions, TModel> strategy, TOptions? options = null,
        Func<TModel>? model = null)
        where TOptions : class, new()
        where TModel : IModel
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return new StrategySubject(
            strategy, options ?? TestSettings.Bind(strategy), model is null ? null : () => model());
    }

    /// <summary>Returns a new model in train mode with the same parameters every time. The caller disposes it.</summary>
    /// <exception cref="NotApplicableException">The kit has no model with the capability.</exception>
    internal IModel NewModel()
    {
        using (manual_seed(1))
        {
            IModel model = _model?.Invoke() ?? new ToyModel();
            if (!Strategy.ModelType.IsInstanceOfType(model))
            {
                model.Dispose();
                throw new NotApplicableException($"The kit has no small model of type {Strategy.ModelType.Name}; provide one in the " +
                    "plugin's own tests.");
            }

            model.Module.train();
            return model;
        }
    }

    /// <summary>
    /// Returns the run's example type: the first one that the strategy accepts. Types that the strategy collates or reads itself
    /// come before those that the model collates.
    /// </summary>
    /// <exception cref="NotApplicableException">The kit has no examples of any type that the strategy or the model accepts.</exception>
    internal ExampleKind Kind(IModel model) => _kind ??= Choose(Kinds(model));

    private ExampleKind[] Kinds(IModel model)
    {
        ExampleKind[] own = [.. ToyExamples.Kinds.Where(k => k.Fits(Strategy) || k.IsReadBy(Strategy))];
        if (own.Length > 0)
            return own;
        // The host creates token blocks from text.
        ExampleKind[] kinds = model is ILearnsFromTokens
            ? [.. ToyExamples.Kinds.Where(k => k.Name != nameof(TokenBlock) && (k.Name == nameof(TextExample) || k.Fits(model)))]
            : [.. ToyExamples.Kinds.Where(k => k.Fits(model))];
        return kinds.Length > 0
            ? kinds : throw new NotApplicableException("Neither the strategy nor the model can collate an example type of the contract.");
    }

    // A strategy that needs preferences reports this only when it is given other examples.
    private ExampleKind Choose(ExampleKind[] kinds)
    {
        foreach (ExampleKind kind in kinds[..^1])
        {
            using IModel model = NewModel();
            using var run = new ToyRun(this, 1, kind);
            try
            {
                run.Train(model);
                return kind;
            }
            catch (Exception refusal) when (refusal is DataException or InvalidOperationException)
            {
                // Refused; if the last type is refused too, the check that uses it reports why.
            }
        }

        return kinds[^1];
    }
}
