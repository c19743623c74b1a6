namespace Tenon.Layers.Images;

/// <summary>The options of every <see cref="ImageClassifier"/>.</summary>
public abstract record ImageClassifierOptions : ImageInputOptions
{
    /// <summary>Names of the classes (<c>id2label</c>); null: those of the data.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>These options with the classes of the data filled in as well.</summary>
    /// <inheritdoc/>
    internal override ImageInputOptions Resolve(ModelFacts facts) =>
        (ImageClassifierOptions)base.Resolve(facts) with { Labels = ClassLabels.Resolve(Labels, facts.Data.Labels, "the classifier") };
}
