using Tenon.Host.Plugins.Catalogue;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Models;

/// <summary>A task that a trained model can be used for.</summary>
public enum ModelTask
{
    /// <summary>Generate text.</summary>
    GenerateText,

    /// <summary>Reply to messages in the format of the chat template.</summary>
    Chat,

    /// <summary>Sample images.</summary>
    SampleImages,

    /// <summary>Classify texts or words.</summary>
    ClassifyTexts,

    /// <summary>Classify images.</summary>
    ClassifyImages,

    /// <summary>Answer questions about passages.</summary>
    AnswerQuestions,

    /// <summary>Fill in masked words.</summary>
    FillMasks,

    /// <summary>Evaluate it on the run's data.</summary>
    Evaluate,
}

/// <summary>Samples that a run generates at intervals.</summary>
internal enum SampleKind
{
    /// <summary>Continuations of the recipe's prompts.</summary>
    Texts,

    /// <summary>Images per class.</summary>
    Images,

    /// <summary>Partially masked images and the model's reconstruction.</summary>
    Reconstructions,
}

/// <summary>The kind of label that a model predicts.</summary>
internal enum PredictedLabel
{
    /// <summary>A class per example: labels [B].</summary>
    Class,

    /// <summary>A class per word: labels [B, T].</summary>
    Tag,

    /// <summary>The masked tokens: labels [B, T], predictions only for masked tokens.</summary>
    HiddenToken,
}

/// <summary>Predictions of labels, from which validations compute accuracy and F1.</summary>
/// <param name="Label">The predicted quantity.</param>
/// <param name="Dimensions">
/// Required number of dimensions of the batch's labels; for other batches, only the loss is measured.
/// </param>
/// <param name="Of">Predicts the indices for a batch.</param>
internal sealed record LabelPrediction(PredictedLabel Label, int Dimensions, Func<IModel, Batch, Tensor> Of);

/// <summary>Sizes of a model that reads tokens.</summary>
/// <param name="ContextLength">Maximum tokens in a sequence.</param>
/// <param name="VocabularySize">Number of token ids.</param>
internal sealed record TokenSizes(int ContextLength, int VocabularySize);

/// <summary>
/// An interface of the contract that a model may implement, and what it enables: suggested commands, samples during a run, and
/// metrics. The program and the library iterate over <see cref="All"/> instead of testing for each interface. A capability that
/// only one command uses, such as <see cref="IEmbedder"/>, needs no entry.
/// </summary>
internal sealed class Capability
{
    private Capability(string name, Func<IModel, bool> isProvided)
    {
        Name = name;
        IsProvided = isProvided;
    }

    /// <summary>The capabilities; those that need a trained head precede the more general ones.</summary>
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
        For<IQuestionAnswerer>(
            task: _ => ModelTask.AnswerQuestions,
            isHead: true,
            provides: model => model.UnsupportedReason(typeof(IQuestionAnswerer)) is null),
        For<IMaskedLanguageModel>(
            task: _ => ModelTask.FillMasks,
            isHead: true,
            tokens: model => new TokenSizes(model.ContextLength, model.VocabularySize),
            predicts: (PredictedLabel.HiddenToken, 2, (model, batch) => model.TargetLogits(batch).argmax(-1))), // [M, V] -> [M]
    ];

    /// <summary>A model that has it, in words: <c>a causal language model</c>.</summary>
    public string Name { get; }

    /// <summary>Whether a model has the capability. A classifier must have at least two classes.</summary>
    private Func<IModel, bool> IsProvided { get; }

    /// <summary>Whether the capability is provided by a model's head: only the first such capability counts.</summary>
    private bool IsHead { get; init; }

    /// <summary>The task that the capability enables with the trained model, or null.</summary>
    private Func<IModel, ModelTask>? Task { get; init; }

    /// <summary>Samples during a run, or null.</summary>
    public SampleKind? Samples { get; private init; }

    /// <summary>Whether exp(loss) is the perplexity.</summary>
    public bool HasPerplexity { get; private init; }

    /// <summary>Names of the classes; null if the capability has none.</summary>
    private Func<IModel, IReadOnlyList<string>>? Labels { get; init; }

    /// <summary>Predictions that validations compare with the labels of batches, or null.</summary>
    public LabelPrediction? Prediction { get; private init; }

    /// <summary>Sizes of a model that reads tokens; null if the capability does not involve tokens.</summary>
    private Func<IModel, TokenSizes>? Tokens { get; init; }

    /// <summary>Returns the capabilities of a model, in the order of <see cref="All"/>.</summary>
    /// <param name="model">Any model.</param>
    public static IEnumerable<Capability> Of(IModel model) => All.Where(capability => capability.IsProvided(model));

    /// <summary>Returns the classes that a model's head predicts; empty when it has no classification head.</summary>
    /// <param name="model">Any model.</param>
    public static IReadOnlyList<string> ClassesOf(IModel model) =>
        Of(model).FirstOrDefault(capability => capability.Labels is not null)?.Labels!(model) ?? [];

    /// <summary>Returns the sizes of a model that reads tokens; null for other models.</summary>
    /// <param name="model">Any model.</param>
    public static TokenSizes? TokensOf(IModel model) =>
        Of(model).FirstOrDefault(capability => capability.Tokens is not null)?.Tokens!(model);

    /// <summary>Returns the tasks that a trained model can be used for, besides evaluation.</summary>
    /// <param name="model">A trained model.</param>
    public static IEnumerable<ModelTask> TasksOf(IModel model) =>
        WithOneHead(Of(model).Where(capability => capability.Task is not null)).Select(capability => capability.Task!(model));

    /// <summary>Describes a model in words: <c>a classifier</c>.</summary>
    /// <param name="model">Any model.</param>
    public static string Describe(IModel model) =>
        string.Join(" and ", WithOneHead(Of(model)).Select(capability => capability.Name)) is { Length: > 0 } names ? names
        : model is IRewardModel ? "a reward model" : "a model without a head";

    private static IEnumerable<Capability> WithOneHead(IEnumerable<Capability> capabilities)
    {
        Capability[] all = [.. capabilities];
        Capability? head = all.FirstOrDefault(capability => capability.IsHead);
        return all.Where(capability => !capability.IsHead || capability == head);
    }

    private static Capability For<TModel>(
        Func<TModel, ModelTask>? task = null, SampleKind? samples = null, bool hasPerplexity = false,
        Func<TModel, IReadOnlyList<string>>? labels = null, bool isHead = false, Func<TModel, TokenSizes>? tokens = null,
        (PredictedLabel Label, int Dimensions, Func<TModel, Batch, Tensor> Of)? predicts = null,
        Func<TModel, bool>? provides = null) where TModel : class, IModel =>
        new(ContractWords.Capability(typeof(TModel).FullName!), model => model is TModel able
            && (labels is null || labels(able).Count >= 2) && provides?.Invoke(able) != false)
        {
            Task = task is null ? null : model => task((TModel)model),
            Samples = samples,
            HasPerplexity = hasPerplexity,
            Labels = labels is null ? null : model => labels((TModel)model),
            IsHead = isHead,
            Tokens = tokens is null ? null : model => tokens((TModel)model),
            Prediction = predicts is { } made
                ? new LabelPrediction(made.Label, made.Dimensions, (model, batch) => made.Of((TModel)model, batch)) : null,
        };
}
