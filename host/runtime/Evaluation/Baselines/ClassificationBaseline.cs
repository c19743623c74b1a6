namespace Tenon.Host.Evaluation.Baselines;

/// <summary>What a method that learns no network reaches on the same examples, to see what learning adds.</summary>
/// <param name="Name">The method: <c>1-nearest neighbour on pixels</c>.</param>
/// <param name="Accuracy">Share of the examples whose class it predicted.</param>
/// <param name="MacroF1">Mean F1 of the classes.</param>
public sealed record ClassificationBaseline(string Name, double Accuracy, double MacroF1)
{
    /// <summary>Most images to compare with: time grows with the product of the two splits.</summary>
    internal const int MostImages = 20_000;

    // Numbers of all training images together, which are in memory at once: 400 MB.
    private const long MostValues = 100_000_000;

    /// <summary>
    /// The baseline that suits the data: nearest neighbour for labelled images of one size, naive Bayes for labelled
    /// texts, counts for labelled words; null for other data, many images, or when nothing was held out.
    /// </summary>
    /// <param name="data">The run's data.</param>
    /// <param name="asked">The split to classify; the other part is not looked at.</param>
    /// <param name="doing">Told what is being done.</param>
    /// <param name="stop">Cancels the work.</param>
    internal static ClassificationBaseline? Of(IRunData data, Split asked, Action<string> doing, CancellationToken stop)
    {
        // On its own training examples either method would answer by heart.
        if (asked == Split.Train || data.Facts.Labels.Count < 2)
            return null;
        if (data.Examples<LabelledTextExample>(Split.Train) is { } texts && data.Examples<LabelledTextExample>(asked) is { } askedTexts)
        {
            doing("counting words for the baseline");
            return Figures("naive Bayes on words", new NaiveBayes(All(texts), data.Facts.Labels, stop).Classify(All(askedTexts), stop));
        }

        if (data.Examples<TokenLabelledExample>(Split.Train) is { } sentences && data.Examples<TokenLabelledExample>(asked) is { } askedSentences)
        {
            doing("counting words for the baseline");
            return Figures("most frequent class of each word", new MostFrequentTags(All(sentences), data.Facts.Labels, stop).Classify(All(askedSentences), stop));
        }

        if (data.Examples<ImageExample>(Split.Train) is not { Count: <= MostImages } images
            || data.Examples<ImageExample>(asked) is not { Count: <= MostImages } askedImages
            || data.Facts.ImageSize is not var (height, width, channels) || images.Count * height * width * channels > MostValues)
        {
            return null;
        }

        doing("comparing images for the baseline");
        List<ImageExample> known = [.. All(images)];
        List<ImageExample> wanted = [.. All(askedImages)];
        return known.Concat(wanted).All(example => example.Label is not null)
            ? Figures("1-nearest neighbour on pixels", NearestNeighbour.Classify(known, wanted, data.Facts.Labels, stop))
            : null;
    }

    private static ClassificationBaseline Figures(string name, ConfusionMatrix matrix) => new(name, matrix.Accuracy, matrix.MacroF1);

    private static IEnumerable<T> All<T>(IExamples<T> examples) where T : Example
    {
        for (long i = 0; i < examples.Count; i++)
            yield return examples[i];
    }
}
