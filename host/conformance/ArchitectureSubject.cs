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

    /// <summary>Default facts for building models: two classes, gray images of 8 × 8.</summary>
    public static DataFacts ToyFacts { get; } = new() { Labels = ToyExamples.Labels, ImageSize = (8, 8, 1), Summary = "toy examples" };

    internal IArchitecture Architecture => _architecture;

    internal object Options => _options;

    internal ModelFacts Facts { get; }

    /// <summary>Creates the test subject for an architecture.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <typeparam name="TModel">The model class.</typeparam>
    /// <param name="architecture">The component.</param>
    /// <param name="options">Small options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <param name="data">Facts about the data; null for <see cref="ToyFacts"/>.</param>
    /// <exception cref="ModelException">The options do not fit the facts.</exception>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static ArchitectureSubject Of<TOptions, TModel>(IArchitecture<TOptions, TModel> architecture, TOptions? options = null,
        DataFacts? data = null)
        where TOptions : class, new()
        where TModel : class, IModel
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return new ArchitectureSubject(architecture, options ?? TestSettings.Bind(architecture), data);
    }

    /// <summary>Builds a new model in eval mode. The caller disposes it.</summary>
    internal IModel Build(long seed = 1, Autocast? autocast = null, object? options = null, Device? device = null,
        IReadOnlyList<int>? endOfText = null)
    {
        using (manual_seed(seed))
        {
            IModel model = _architecture.Build(options ?? _options,
                new BuildContext(device ?? CPU, autocast ?? new Autocast()) { EndOfText = endOfText ?? [] });
            model.Module.eval();
            return model;
        }
    }

    /// <summary>
    /// Returns the example types that a model learns from: those that it implements and does not refuse with these options.
    /// </summary>
    /// <exception cref="NotApplicableException">The kit has no examples of any type that the model supports.</exception>
    /// <exception cref="DataException">The model refuses all of them.</exception>
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
                // A classification head refuses text without classes.
                refusal = reason;
            }
        }

        return kinds.Count > 0 ? kinds
            : throw refusal ?? (Exception)new NotApplicableException("The model cannot collate any example type of the contract.");
    }

    /// <summary>Creates a batch of four examples, or of the given ones. The caller disposes it.</summary>
    internal Batch Batch(IModel model, ExampleKind kind, bool training = false, ulong seed = 3, int[]? numbers = null) =>
        kind.Collate(model, ToySizes.Of(model, Facts.Data), numbers ?? [0, 1, 2, 3],
            new CollateContext(new SeededRandom(seed), training, _tokenizer));

    /// <summary>Random token ids int64 [rows, length] in the current dispose scope.</summary>
    internal static Tensor Ids(int vocabulary, int rows, int length, ulong seed = 11)
    {
        var random = new SeededRandom(seed);
        return tensor(Enumerable.Range(0, rows * length).Select(_ => random.Next(vocabulary)).ToArray(), [rows, length]);
    }

    /// <summary>Returns the model as a capability.</summary>
    /// <exception cref="NotApplicableException">The model lacks the capability.</exception>
    internal static T As<T>(IModel model) where T : class, IModel =>
        model is T able && model.UnsupportedReason(typeof(T)) is null
            ? able : throw new NotApplicableException($"The model is not an {typeof(T).Name}.");
}
