using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Models;

/// <summary>What can be done with a trained model.</summary>
public enum ModelTask
{
    /// <summary>Generate text.</summary>
    GenerateText,

    /// <summary>Sample images.</summary>
    SampleImages,

    /// <summary>Classify texts or their words.</summary>
    ClassifyTexts,

    /// <summary>Classify images.</summary>
    ClassifyImages,

    /// <summary>Fill in hidden words.</summary>
    FillMasks,

    /// <summary>Evaluate it on the run's data.</summary>
    Evaluate,
}

/// <summary>What a run shows of its model at intervals.</summary>
internal enum SampleKind
{
    /// <summary>Continuations of the recipe's prompts.</summary>
    Texts,

    /// <summary>Images of each class.</summary>
    Images,

    /// <summary>Images of which a part is hidden, and what the model fills in.</summary>
    Reconstructions,
}

/// <summary>The kind of label that a model predicts.</summary>
internal enum PredictedLabel
{
    /// <summary>A class for each example: labels [B].</summary>
    Class,

    /// <summary>A class for each word: labels [B, T].</summary>
    Tag,

    /// <summary>The hidden tokens: labels [B, T], predictions for the hidden ones only.</summary>
    HiddenToken,
}

/// <summary>Predictions of labels, by which validations measure accuracy and F1.</summary>
/// <param name="Label">What is predicted.</param>
/// <param name="Dimensions">Dimensions of the batch's labels; batches with another number are measured by their loss alone.</param>
/// <param name="Of">The predicted indices of a batch.</param>
internal sealed record LabelPrediction(PredictedLabel Label, int Dimensions, Func<IModel, Batch, Tensor> Of);

/// <summary>Sizes of a model that reads tokens.</summary>
/// <param name="ContextLength">Maximum tokens in a sequence.</param>
/// <param name="VocabularySize">Number of token ids.</param>
internal sealed record TokenSizes(int ContextLength, int VocabularySize);

/// <summary>
/// An interface of the contract that a model may implement, and what it adds: next commands, samples during a run, and
/// measures. The program and the library iterate over <see cref="All"/> instead of asking for each interface.
/// A capability that only a command of its own uses, such as <see cref="IEmbedder"/>, needs no entry.
/// </summary>
internal sealed class Capability
{
    private Capability(Func<IModel, bool> isProvided) => IsProvided = isProvided;

    /// <summary>The capabilities, those that need a trained head before the more general ones.</summary>
    public static IReadOnlyList<Capability> All { get; } =
    [
        For<ICausalLanguageModel>(
            task: _ => ModelTask.GenerateText,
            samples: SampleKind.Texts,
            hasPerplexity: true,
            tokens: model => new TokenSizes(model.ContextLength, model.VocabularySize)),
        For<IDenoiser>(task: _ => ModelTask.SampleImages, samples: SampleKind.Images),
        For<IImageReconstructor>(samples: SampleKind.Reconstructions),
        For<ITokenClassifier>(
            task: _ => ModelTask.ClassifyTexts,
            labels: model => model.Labels,
            isHead: true,
            predicts: (PredictedLabel.Tag, 2, (model, batch) => model.TokenClassLogits(batch).argmax(-1))), // [B, T, classes] -> [B, T]
        For<IClassifier>(
            task: model => model is ICollate<ImageExample> ? ModelTask.ClassifyImages : ModelTask.ClassifyTexts,
            labels: model => model.Labels,
            isHead: true,
            predicts: (PredictedLabel.Class, 1, (model, batch) => model.ClassLogits(batch).argmax(-1))), // [B, classes] -> [B]
        For<IMaskedLanguageModel>(
            task: _ => ModelTask.FillMasks,
            isHead: true,
            tokens: model => new TokenSizes(model.ContextLength, model.VocabularySize),
            predicts: (PredictedLabel.HiddenToken, 2, (model, batch) => model.TargetLogits(batch).argmax(-1))), // [M, V] -> [M]
    ];

    /// <summary>Whether a model has the capability. A classifier has it with at least two classes.</summary>
    private Func<IModel, bool> IsProvided { get; }

    /// <summary>Whether it is that of a model's head: of several such capabilities only the first counts.</summary>
    private bool IsHead { get; init; }

    /// <summary>What a user can do with the trained model; null: nothing that the capability adds.</summary>
    private Func<IModel, ModelTask>? Task { get; init; }

    /// <summary>What a run shows of the model; null: nothing.</summary>
    public SampleKind? Samples { get; private init; }

    /// <summary>Whether exp(loss) is the perplexity.</summary>
    public bool HasPerplexity { get; private init; }

    /// <summary>Names of the classes; null when the capability has none.</summary>
    private Func<IModel, IReadOnlyList<string>>? Labels { get; init; }

    /// <summary>What validations compare with the labels of batches; null: nothing.</summary>
    public LabelPrediction? Prediction { get; private init; }

    /// <summary>Sizes of a model that reads tokens; null when the capability says nothing about tokens.</summary>
    private Func<IModel, TokenSizes>? Tokens { get; init; }

    /// <summary>The capabilities of a model, in the order of <see cref="All"/>.</summary>
    /// <param name="model">Any model.</param>
    public static IEnumerable<Capability> Of(IModel model) => All.Where(capability => capability.IsProvided(model));

    /// <summary>The classes that a model's head predicts; empty when it has no classification head.</summary>
    /// <param name="model">Any model.</param>
    public static IReadOnlyList<string> ClassesOf(IModel model) => Of(model).FirstOrDefault(capability => capability.Labels is not null)?.Labels!(model) ?? [];

    /// <summary>The sizes of a model that reads tokens; null for other models.</summary>
    /// <param name="model">Any model.</param>
    public static TokenSizes? TokensOf(IModel model) => Of(model).FirstOrDefault(capability => capability.Tokens is not null)?.Tokens!(model);

    /// <summary>What a user can do with a trained model, besides evaluating it.</summary>
    /// <param name="model">A trained model.</param>
    public static IEnumerable<ModelTask> TasksOf(IModel model)
    {
        Capability[] all = [.. Of(model).Where(capability => capability.Task is not null)];
        Capability? head = all.FirstOrDefault(capability => capability.IsHead);
        return all.Where(capability => !capability.IsHead || capability == head).Select(capability => capability.Task!(model));
    }

    private static Capability For<TModel>(
        Func<TModel, ModelTask>? task = null, SampleKind? samples = null, bool hasPerplexity = false, Func<TModel, IReadOnlyList<string>>? labels = null,
        bool isHead = false, Func<TModel, TokenSizes>? tokens = null, (PredictedLabel Label, int Dimensions, Func<TModel, Batch, Tensor> Of)? predicts = null) where TModel : class, IModel =>
        new(model => model is TModel able && (labels is null || labels(able).Count >= 2))
        {
            Task = task is null ? null : model => task((TModel)model),
            Samples = samples,
            HasPerplexity = hasPerplexity,
            Labels = labels is null ? null : model => labels((TModel)model),
            IsHead = isHead,
            Tokens = tokens is null ? null : model => tokens((TModel)model),
            Prediction = predicts is { } made ? new LabelPrediction(made.Label, made.Dimensions, (model, batch) => made.Of((TModel)model, batch)) : null,
        };
}
