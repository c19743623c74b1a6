using Tenon.Host.Data;

namespace Tenon.Host.Evaluation.Baselines;

/// <summary>Score of a simple method without a neural network, on the same examples, for comparison.</summary>
/// <param name="Name">The method: <c>1-nearest neighbor on pixels</c>.</param>
/// <param name="Accuracy">Accuracy.</param>
/// <param name="MacroF1">Macro-F1.</param>
public sealed record ClassificationBaseline(string Name, double Accuracy, double MacroF1)
{
    /// <summary>Maximum number of images to compare with: the time grows with the product of the sizes of the two splits.</summary>
    internal const int MaxImages = 20_000;

    // Maximum number of values in all training images, which are in memory at once: 400 MB.
    private const long MaxValues = 100_000_000;

    /// <summary>
    /// Returns the baseline that suits the data: nearest neighbor for labelled images of one size, naive Bayes for labelled
    /// texts, most frequent class for labelled words. Null for other data, for too many images, or without validation data.
    /// </summary>
    /// <param name="data">The run's data.</param>
    /// <param name="evaluated">The split to classify.</param>
    /// <param name="status">Receives status messages.</param>
    /// <param name="stop">Cancels the work.</param>
    internal static ClassificationBaseline? Of(IRunData data, Split evaluated, Action<string> status, CancellationToken stop)
    {
        // On their own training examples, these methods would merely recall the labels.
        if (evaluated == Split.Train || data.Facts.Labels.Count < 2)
            return null;
        if (data.Examples<LabelledTextExample>(Split.Train) is { } texts
            && data.Examples<LabelledTextExample>(evaluated) is { } evaluatedTexts)
        {
            status("counting words for the baseline");
            return Figures(
                "naive Bayes on words", new NaiveBayes(texts.All(), data.Facts.Labels, stop).Classify(evaluatedTexts.All(), stop));
        }

        if (data.Examples<TokenLabelledExample>(Split.Train) is { } sentences
            && data.Examples<TokenLabelledExample>(evaluated) is { } evaluatedSentences)
        {
            status("counting words for the baseline");
            return Figures(
                "most frequent class of each word",
                new MostFrequentTags(sentences.All(), data.Facts.Labels, stop).Classify(evaluatedSentences.All(), stop));
        }

        if (data.Examples<ImageExample>(Split.Train) is not { Count: <= MaxImages } images
            || data.Examples<ImageExample>(evaluated) is not { Count: <= MaxImages } evaluatedImages
            || data.Facts.ImageSize is not var (height, width, channels) || images.Count * height * width * channels > MaxValues)
        {
            return null;
        }

        status("comparing images for the baseline");
        List<ImageExample> known = [.. images.All()];
        List<ImageExample> wanted = [.. evaluatedImages.All()];
        return known.Concat(wanted).All(example => example.Label is not null)
            ? Figures("1-nearest neighbor on pixels", NearestNeighbor.Classify(known, wanted, data.Facts.Labels, stop))
            : null;
    }

    private static ClassificationBaseline Figures(string name, ConfusionMatrix matrix) => new(name, matrix.Accuracy, matrix.MacroF1);
}
