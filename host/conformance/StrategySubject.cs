using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Native;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>A strategy with a small model and a learnable toy to train on.</summary>
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

    internal static ModelLayout Layout { get; } = new(new ModelConfiguration(new JsonObject { ["model_type"] = "toy" }), "model.safetensors");

    /// <summary>A strategy to be checked.</summary>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <typeparam name="TModel">The capability that it needs.</typeparam>
    /// <param name="strategy">The component.</param>
    /// <param name="options">Options; null: the <see cref="ComponentAttribute.TestSettings"/> of its class.</param>
    /// <param name="model">
    /// Builds a small model for 40 token ids, or images of 8 × 8; torch is seeded. Null: the kit's own language model and
    /// classifier, as far as it has the capability.
    /// </param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static StrategySubject Of<TOptions, TModel>(IStrategy<TOptions, TModel> strategy, TOptions? options = null, Func<TModel>? model = null)
        where TOptions : class, new()
        where TModel : IModel
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return new StrategySubject(
            strategy, options ?? TestSettings.Bind(strategy), model is null ? null : () => model());
    }

    /// <summary>A fresh model in train mode, always the same, which the caller disposes.</summary>
    /// <exception cref="NotApplicableException">The kit has none with the capability that the strategy needs.</exception>
    internal IModel NewModel()
    {
        using (manual_seed(1))
        {
            IModel model = _model?.Invoke() ?? new ToyModel();
            if (!Strategy.ModelType.IsInstanceOfType(model))
            {
                model.Dispose();
                throw new NotApplicableException($"The kit has no small model that is {Strategy.ModelType.Name}; give one in a test of the plugin's own.");
            }

            model.Module.train();
            return model;
        }
    }

    /// <summary>
    /// What the run learns from: the first kind of example that the strategy does not refuse. Those that it makes batches of or
    /// reads itself come before those that the model makes batches of.
    /// </summary>
    /// <exception cref="NotApplicableException">Neither strategy nor model takes a kind that the kit has examples of.</exception>
    internal ExampleKind Kind(IModel model) => _kind ??= Choose(Kinds(model));

    private ExampleKind[] Kinds(IModel model)
    {
        ExampleKind[] own = [.. ToyExamples.Kinds.Where(k => k.Fits(Strategy) || k.IsReadBy(Strategy))];
        if (own.Length > 0)
            return own;
        // The host makes blocks of tokens from text.
        ExampleKind[] kinds = model is ILearnsFromTokens
            ? [.. ToyExamples.Kinds.Where(k => k.Name != nameof(TokenBlock) && (k.Name == nameof(TextExample) || k.Fits(model)))]
            : [.. ToyExamples.Kinds.Where(k => k.Fits(model))];
        return kinds.Length > 0 ? kinds : throw new NotApplicableException("Neither strategy nor model makes batches of a kind of example of the contract.");
    }

    // A strategy that learns from preferences alone says so only when it meets other examples.
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
                // Refused; if the last kind is too, its check says why.
            }
        }

        return kinds[^1];
    }
}
