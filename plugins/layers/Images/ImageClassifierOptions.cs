using System.ComponentModel.DataAnnotations;

namespace Tenon.Layers.Images;

/// <summary>The options of every <see cref="ImageClassifier"/>.</summary>
public abstract record ImageClassifierOptions : ImageInputOptions
{
    /// <summary>Names of the classes (<c>id2label</c>). Defaults to those of the data.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>
    /// Label smoothing: share of the target that is spread over all classes in training (Szegedy et al. 2016, section 7); 0.1 is usual.
    /// </summary>
    [Range(0.0, 0.99)]
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// Mixup: α of the beta distribution of the shares in which two training images are mixed (Zhang et al. 2017); 0.8 is usual
    /// for transformers, 0 turns it off. If <see cref="Cutmix"/> is also set, each batch uses one of the two.
    /// </summary>
    [Range(0.0, 100.0)]
    public double Mixup { get; init; }

    /// <summary>
    /// CutMix: α of the beta distribution of the share that a training image keeps when a rectangle of another image replaces
    /// the rest (Yun et al. 2019); 1 is usual, 0 turns it off.
    /// </summary>
    [Range(0.0, 100.0)]
    public double Cutmix { get; init; }

    /// <summary>These options, with the classes of the data also filled in.</summary>
    /// <inheritdoc/>
    internal override ImageInputOptions Resolve(ModelFacts facts) =>
        (ImageClassifierOptions)base.Resolve(facts) with { Labels = ClassLabels.Resolve(Labels, facts.Data.Labels, "the classifier") };
}
