using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Tests.Data;
using Tenon.Host.Tests.Evaluation.Baselines;
using TorchSharp;

namespace Tenon.Host.Tests.Evaluation;

[Collection("torch")]
public sealed class DenoiserEvaluationTests
{
    private static readonly string[] Labels = ["dark", "bright"];
    private static readonly ImageExample[] Real = [.. Enumerable.Range(0, 10).Select(i => Image(i % 2, (byte)(i % 2 * 250 + i / 2)))];

    [Fact]
    public void Images_of_the_class_asked_for_are_counted_and_their_distance_is_small()
    {
        GenerationFigures figures = Evaluate(new TwoToneDenoiser(), new EvaluationOptions { Count = 6, Steps = 2, Classifier = "judge" });
        figures.Generated.Should().Be(12);
        figures.Real.Should().Be(10);
        figures.AsAsked.Should().Be(1);
        figures.RealAsLabelled.Should().Be(1);
        figures.Classes.Should().Equal(new GeneratedClass("dark", 6, 1), new GeneratedClass("bright", 6, 1));
        figures.FrechetDistance.Should().BeLessThan(0.05);
        figures.FrechetDistanceOfReal.Should().BeApproximately(0, 1e-6);
    }

    [Fact]
    public void Images_of_one_tone_are_far_from_real_ones()
    {
        GenerationFigures figures =
            Evaluate(new TwoToneDenoiser { Labels = ["bright"] }, new EvaluationOptions { Count = 6, Steps = 2, Classifier = "judge" });
        figures.AsAsked.Should().Be(0);
        figures.FrechetDistance.Should().BeGreaterThan(0.3);
    }

    [Fact]
    public void A_classifier_without_a_class_of_the_denoiser_is_refused()
    {
        Action act = () => Evaluate(new TwoToneDenoiser { Labels = ["dark", "loud"] }, new EvaluationOptions { Classifier = "judge" });
        act.Should().Throw<ModelException>().WithMessage(
            "The classifier lacks these classes of the denoiser: loud. It has: dark, bright. Use a classifier trained on the same " +
            "classes.");
    }

    [Fact]
    public void A_model_that_classifies_no_images_is_no_judge()
    {
        Action act = () => _ = new ImageLabelEvaluator(new NextLetterModel(), "runs/letters", torch.CPU);
        act.Should().Throw<ModelException>().WithMessage(
            "'runs/letters' contains NextLetterModel, which is not an image classifier with features. --classifier requires one, such " +
            "as a vision transformer.");
    }

    [Fact]
    public void No_tensor_is_left_behind() =>
        LiveTensors.LeftBy(() => Evaluate(new TwoToneDenoiser(), new EvaluationOptions { Count = 3, Steps = 2, Classifier = "judge" }))
            .Should().Be(0);

    private static GenerationFigures Evaluate(IDenoiser model, EvaluationOptions options)
    {
        using var folder = new DataFolder();
        using OpenedData opened = folder.Open(new LabelledDataset<ImageExample>(Real, Real, Labels, (2, 2, 1)));
        using RunData data = opened.For(null, DataFolder.Batches(2));
        return new DenoiserEvaluation(model, torch.CPU, TinySamplers.Ddim(options.Steps),
            new ImageLabelEvaluator(new BrightnessModel(), "judge", torch.CPU), _ => { }).Evaluate(data, options, default);
    }

    private static ImageExample Image(int label, byte tone) => new(new ImagePixels(2, 2, 1, new byte[] { tone, tone, tone, tone }), label);
}
