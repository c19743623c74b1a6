using Tenon.Host.Native;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>An architecture with options small enough to build its models many times.</summary>
public sealed class ArchitectureSubject
{
    private readonly IArchitecture _architecture;
    private readonly object _options;
    private readonly ToyTokenizer _tokenizer = new();

    internal ArchitectureSubject(IArchitecture architecture, object options, DataFacts? data = null)
    {
        TorchRuntime.Prepare();
        _architecture = architecture;
        Facts = new ModelFacts(_tokenizer.VocabularySize, _tokenizer.Special, data ?? ToyFacts);
        _options = architecture.Resolve(options, Facts);
    }

    /// <summary>What models are built for when nothing else is named: two classes, grey images of 8 × 8.</summary>
    public static DataFacts ToyFacts { get; } = new() { Labels = ToyExamples.Labels, ImageSize = (8, 8, 1), Summary = "toy examples" };

    internal IArchitecture Architecture => _architecture;

    internal object Options => _options;

    internal ModelFacts Facts { get; }

    /// <summary>An architecture to be checked.</summary>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <typeparam name="TModel">Its models.</typeparam>
    /// <param name="architecture">The component.</param>
    /// <param name="options">Small options; null: the <see cref="ComponentAttribute.TestSettings"/> of its class.</param>
    /// <param name="data">What the data is to look like; null: <see cref="ToyFacts"/>.</param>
    /// <exception cref="ModelException">The options do not fit the facts.</exception>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static ArchitectureSubject Of<TOptions, TModel>(IArchitecture<TOptions, TModel> architecture, TOptions? options = null, DataFacts? data = null)
        where TOptions : class, new()
        where TModel : class, IModel
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return new ArchitectureSubject(architecture, options ?? TestSettings.Bind(architecture), data);
    }

    /// <summary>A fresh model in eval mode, which the caller disposes.</summary>
    internal IModel Build(long seed = 1, Autocast? autocast = null, object? options = null, Device? device = null)
    {
        using (manual_seed(seed))
        {
            IModel model = _architecture.Build(options ?? _options, new BuildContext(device ?? CPU, autocast ?? new Autocast()));
            model.Module.eval();
            return model;
        }
    }

    /// <summary>The kinds of example that a model learns from: those of its interfaces that it does not refuse with these options.</summary>
    /// <exception cref="NotApplicableException">There is none that the kit has examples of.</exception>
    /// <exception cref="DataException">It refuses all of them.</exception>
    internal IReadOnlyList<ExampleKind> Kinds(IModel model)
    {
        DataException? refusal = null;
        var kinds = new List<ExampleKind>();
        foreach (ExampleKind kind in ToyExamples.Kinds.Where(kind => kind.Fits(model)))
        {
            try
            {
                Batch(model, kind).Dispose();
                kinds.Add(kind);
            }
            catch (DataException reason)
            {
                // A head for classes refuses text without them.
                refusal = reason;
            }
        }

        return kinds.Count > 0 ? kinds
            : throw refusal ?? (Exception)new NotApplicableException("The model makes batches of no kind of example of the contract.");
    }

    /// <summary>A batch of four examples, or of those named, which the caller disposes.</summary>
    internal Batch Batch(IModel model, ExampleKind kind, bool training = false, ulong seed = 3, int[]? numbers = null) =>
        kind.Collate(model, ToySizes.Of(model, Facts.Data), numbers ?? [0, 1, 2, 3], new CollateContext(new SeededRandom(seed), training, _tokenizer));

    /// <summary>Token ids int64 [rows, length] in the current dispose scope.</summary>
    internal static Tensor Ids(int vocabulary, int rows, int length, ulong seed = 11)
    {
        var random = new SeededRandom(seed);
        return tensor(Enumerable.Range(0, rows * length).Select(_ => random.Next(vocabulary)).ToArray(), [rows, length]);
    }

    /// <summary>The model as a capability.</summary>
    /// <exception cref="NotApplicableException">It has not got it.</exception>
    internal static T As<T>(IModel model) where T : class, IModel =>
        model as T ?? throw new NotApplicableException($"Its models are no {typeof(T).Name}.");
}
