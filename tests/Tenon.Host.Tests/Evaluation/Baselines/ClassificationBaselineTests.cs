using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Tests.Data;

namespace Tenon.Host.Tests.Evaluation.Baselines;

[Collection("torch")]
public sealed class ClassificationBaselineTests
{
    private static readonly string[] Labels = ["dark", "bright"];

    [Fact]
    public void The_nearest_training_image_gives_its_class()
    {
        ImageExample[] train = [Image(0, 10, 20), Image(0, 30, 0), Image(1, 250, 200), Image(1, 220, 240)];
        ImageExample[] asked = [Image(0, 12, 18), Image(1, 240, 210), Image(0, 230, 230)];
        ConfusionMatrix matrix = NearestNeighbor.Classify(train, asked, Labels);
        matrix[0, 0].Should().Be(1);
        matrix[1, 1].Should().Be(1);
        matrix[0, 1].Should().Be(1);
    }

    [Fact]
    public void Naive_bayes_weighs_words_by_how_often_each_class_has_them()
    {
        // "good" is twice in positive and once in negative texts; 4 words in each class, 6 in the vocabulary.
        LabelledTextExample[] train = [new("Good good film", 1), new("nice", 1), new("good grief", 0), new("awful film", 0)];
        var bayes = new NaiveBayes(train, ["negative", "positive"]);
        bayes.Classify("GOOD").Should().Be(1);
        bayes.Classify("awful, good").Should().Be(0);
        bayes.Classify("grief grief good").Should().Be(0);
    }

    [Fact]
    public void Naive_bayes_falls_back_to_the_more_frequent_class()
    {
        LabelledTextExample[] train = [new("a b", 0), new("c d", 1), new("c d", 1)];
        new NaiveBayes(train, ["first", "second"]).Classify("unheard words").Should().Be(1);
    }

    [Fact]
    public void Labelled_text_is_compared_with_naive_bayes()
    {
        using var data = new Prepared<LabelledTextExample>([new("up", 1), new("down", 0)], [new("up up", 1), new("down", 1)]);
        ClassificationBaseline? baseline = ClassificationBaseline.Of(data.Run, Split.Validation, _ => { }, default);
        baseline.Should().Be(new ClassificationBaseline("naive Bayes on words", 0.5, (0 + 2 / 3.0) / 2));
    }

    [Fact]
    public void Images_are_compared_with_the_nearest_neighbor_and_never_with_themselves()
    {
        using var data = new Prepared<ImageExample>([Image(0, 0, 0), Image(1, 255, 255)], [Image(1, 200, 250)], (1, 2, 1));
        ClassificationBaseline.Of(data.Run, Split.Validation, _ => { }, default)
            .Should().Be(new ClassificationBaseline("1-nearest neighbor on pixels", 1, 1));
        ClassificationBaseline.Of(data.Run, Split.Train, _ => { }, default).Should().BeNull();
    }

    [Fact]
    public void Images_without_labels_have_no_baseline()
    {
        using var data = new Prepared<ImageExample>([Image(null, 0, 0), Image(1, 255, 255)], [Image(1, 200, 250)], (1, 2, 1));
        ClassificationBaseline.Of(data.Run, Split.Validation, _ => { }, default).Should().BeNull();
    }

    private static ImageExample Image(int? label, params byte[] pixels) => new(new ImagePixels(1, pixels.Length, 1, pixels), label);

    /// <summary>Opened data with two classes.</summary>
    private sealed class Prepared<T> : IDisposable where T : Example
    {
        private readonly DataFolder _folder = new();
        private readonly OpenedData _opened;

        public Prepared(T[] train, T[] validation, (int, int, int)? size = null)
        {
            _opened = _folder.Open(new LabelledDataset<T>(train, validation, Labels, size));
            Run = _opened.For(null, DataFolder.Batches(2));
        }

        public RunData Run { get; }

        public void Dispose()
        {
            Run.Dispose();
            _opened.Dispose();
            _folder.Dispose();
        }
    }
}

/// <summary>A data set in lists with facts.</summary>
internal sealed class LabelledDataset<T>(
    IReadOnlyList<T> train, IReadOnlyList<T> validation, IReadOnlyList<string> labels, (int Height, int Width, int Channels)? size)
        : IDataset<T>
    where T : Example
{
    public DataFacts Facts { get; } = new() { Labels = labels, ImageSize = size };

    public IExamples<T> Train { get; } = new ListExamples<T>(train);

    public IExamples<T>? Validation { get; } = new ListExamples<T>(validation);

    public void Dispose()
    {
    }
}
