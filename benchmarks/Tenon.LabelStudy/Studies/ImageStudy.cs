namespace Tenon.LabelStudy.Studies;

/// <summary>Classification of Fashion-MNIST's images; 500 of the 2,500 shipped images are held out.</summary>
internal abstract class ImageStudy : Study
{
    // The host divides the images instead of the data, so that the held-out ones are the same for every seed.
    protected const string Images = """{ "use": "fashion-mnist", "testShare": 0 }""";

    /// <inheritdoc/>
    public override Method Baseline { get; } = Method.Baseline("neighbor", "1-nearest neighbor on pixels");

    /// <inheritdoc/>
    public override string Measure => "accuracy";

    /// <inheritdoc/>
    public override double Of(Result result) => result.Accuracy;

    /// <summary>The images, with these numbers of labels.</summary>
    protected static IReadOnlyList<LabelledData> Fashion(params int[] labels) => [new("fashion-mnist", Images, 0.2, labels)];
}
