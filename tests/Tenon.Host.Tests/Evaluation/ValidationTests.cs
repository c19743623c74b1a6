using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Tests.Data;
using Tenon.Host.Tests.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation;

[Collection("torch")]
public sealed class ValidationTests
{
    [Fact]
    public void A_classifiers_predictions_are_counted_beside_its_loss()
    {
        using var folder = new DataFolder();
        ImageExample[] images = [Image(0, 10), Image(1, 200), Image(1, 40), Image(0, 90), Image(1, 255)];
        using OpenedData opened = folder.Open(new LabelledDataset<ImageExample>(images, images, ["dark", "bright"], (2, 2, 1)));
        using var model = new BrightnessModel();
        using RunData data = opened.For(model, DataFolder.Batches(2));

        ValidationFigures figures = Validation.Measure(data.InOrder(Split.Train), 0, model.Loss, model);

        figures.Examples.Should().Be(5);
        figures.Predictions.Classes!.Accuracy.Should().BeApproximately(0.8, 1e-12);
        figures.Predictions.Classes[1, 0].Should().Be(1);
        double[] means = [10, 200, 40, 90, 255];
        int[] labels = [0, 1, 1, 0, 1];
        figures.Loss.Should().BeApproximately(means.Zip(labels).Average(pair =>
        {
            double margin = 2 * (pair.First / 255 - 0.5) * (pair.Second == 1 ? 1 : -1);
            return Math.Log(1 + Math.Exp(-margin));
        }), 1e-6);
    }

    [Fact]
    public void Batches_in_order_hold_each_training_example_once()
    {
        using var folder = new DataFolder();
        ImageExample[] images = [.. Enumerable.Range(0, 5).Select(i => Image(i % 2, (byte)(i * 50)))];
        using OpenedData opened = folder.Open(new LabelledDataset<ImageExample>(images, images, ["dark", "bright"], (2, 2, 1)));
        using var model = new BrightnessModel();
        using RunData data = opened.For(model, DataFolder.Batches(2));
        IBatchSource source = data.InOrder(Split.Train);
        List<float> tones = [];
        for (long i = 0; i < source.BatchesPerEpoch; i++)
        {
            using Batch batch = source.Get(i);
            tones.AddRange(batch[BatchNames.PixelValues].data<float>().ToArray().Chunk(4).Select(image => image[0]));
        }

        tones.Select(tone => (int)Math.Round(tone * 255)).Should().Equal(0, 50, 100, 150, 200);
    }

    private static ImageExample Image(int label, byte tone) => new(new ImagePixels(2, 2, 1, new byte[] { tone, tone, tone, tone }), label);
}
