using SkiaSharp;
using Tenon.Host.Inference.Images;

namespace Tenon.Diffusion.Tests;

public sealed class ImageSamplerTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly DiffusionModel _model;

    public ImageSamplerTests()
    {
        torch.manual_seed(3);
        _model = Models.Architecture.Build(
            Models.Resolve(new()
            {
                Preset = "tiny",
                BlockOutChannels = [8, 16],
                Height = 8,
                Width = 8,
                Channels = 1,
                Labels = ["a", "b", "c"]
            }), Models.Cpu);
    }

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("ddim", 0)]
    [InlineData("ddim", 0.7)]
    [InlineData("ddpm", 0)]
    public void Images_are_a_function_of_the_seed(string name, double eta)
    {
        ChosenSampler sampler = name == "ddim" ? Ddim(5, eta) : Ddpm(5);
        ImageSamplingOptions options = new() { Count = 3 };
        using SampledImages first = Sample(options, sampler);
        torch.randn(10);
        using SampledImages again = Sample(options, sampler);
        using SampledImages other = Sample(options with { Seed = 2 }, sampler);

        first.Images.shape.Should().Equal(3, 1, 8, 8);
        first.Images.abs().max().item<float>().Should().BeInRange(0.01f, 1);
        again.Images.Equals(first.Images).Should().BeTrue();
        other.Images.Equals(first.Images).Should().BeFalse();
    }

    [Fact]
    public void An_image_does_not_depend_on_the_number_of_images()
    {
        using SampledImages all = Sample(new() { Count = 5, BatchSize = 2 }, Ddpm(4));
        using SampledImages some = Sample(new() { Count = 2, Classes = [0, 1] }, Ddpm(4));

        all.Classes.Should().Equal(0, 1, 2, 0, 1);
        Goldens.Difference(all.Images.narrow(0, 0, 2), some.Images).Should().BeLessThan(1e-4);
    }

    [Fact]
    public void Keeps_snapshots_of_the_chain()
    {
        using SampledImages images = Sample(new() { Count = 2, Frames = 4 }, Ddim(9));

        images.Frames.Should().HaveCount(4);
        Goldens.Difference(images.Frames[^1].clamp(-1, 1), images.Images).Should().Be(0);
        // The first is standard normal noise.
        images.Frames[0].std().item<float>().Should().BeInRange(0.8f, 1.2f);
    }

    [Fact]
    public void Guidance_moves_away_from_the_unconditional_prediction()
    {
        Tensor sample = torch.randn(2, 1, 8, 8), classes = torch.tensor(new long[] { 0, 2 }),
        timesteps = torch.tensor(new long[] { 40, 40 });
        Conditioning given = new() { ClassLabels = classes };
        using IDisposable noGrad = torch.no_grad();
        Tensor with = _model.Predict(sample, timesteps, given), without = _model.Predict(sample, timesteps);

        Goldens.Difference(ClassifierFreeGuidance.Predict(_model, sample, 40, given, 3), without + 3 * (with - without)).Should()
            .BeLessThan(1e-5);
        Goldens.Difference(ClassifierFreeGuidance.Predict(_model, sample, 40, given, 1), with).Should().BeLessThan(1e-6);
        Goldens.Difference(ClassifierFreeGuidance.Predict(_model, sample, 40, null, 3), without).Should().BeLessThan(1e-6);
        using SampledImages guided = Sample(new() { Count = 3, Guidance = 4 }, Ddim(3)), plain = Sample(new() { Count = 3 }, Ddim(3));
        guided.Images.Equals(plain.Images).Should().BeFalse();
    }

    [Fact]
    public void Leaves_no_tensors_and_restores_the_mode()
    {
        _model.Module.train();
        Sample(new() { Count = 2 }, Ddim(2)).Dispose();

        LiveTensors.LeftBy(() => Sample(new() { Count = 3, Frames = 3, Guidance = 2, BatchSize = 2 }, Ddpm(4)).Dispose())
            .Should().Be(0);

        _model.Module.training.Should().BeTrue();
    }

    [Fact]
    public void Reports_progress_and_can_be_stopped()
    {
        List<(int, int)> told = [];
        using (ImageSampler.Sample(_model, torch.CPU, Ddim(2), new() { Count = 3, BatchSize = 2 }, (done, of) => told.Add((done, of)))) { }
        told.Should().Equal((1, 4), (2, 4), (3, 4), (4, 4));

        using CancellationTokenSource stop = new();
        Action act = () => ImageSampler.Sample(_model, torch.CPU, Ddim(5), new(), (_, _) => stop.Cancel(), stop.Token).Dispose();
        act.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Rejects_classes_that_the_model_does_not_have()
    {
        Action unknown = () => Sample(new() { Classes = [0, 3] }, Ddim(2)).Dispose();
        unknown.Should().Throw<ModelException>().WithMessage("*no class 3*0 (a), 1 (b), 2 (c)*");

        using DiffusionModel unconditional =
            Models.Architecture.Build(Models.Resolve(new() { Preset = "tiny", Height = 8, Width = 8, Channels = 1 }), Models.Cpu);
        Action classes = () => ImageSampler.Sample(unconditional, torch.CPU, Ddim(2), new() { Classes = [0] }).Dispose();
        Action guidance = () => ImageSampler.Sample(unconditional, torch.CPU, Ddim(2), new() { Guidance = 3 }).Dispose();
        classes.Should().Throw<ModelException>().WithMessage("*not conditioned on classes*");
        guidance.Should().Throw<ModelException>().WithMessage("*not conditioned on classes*");
    }

    [Fact]
    public void A_grid_shows_each_image_pixel_by_pixel()
    {
        Tensor images = torch.zeros(3, 3, 16, 16);
        images[0, 0] = 1;
        images[0, 1] = -1;
        images[0, 2] = -5;
        images[2, 0, 15, 15] = 1;

        using SKBitmap plain = SKBitmap.Decode(ImageGrid.Png(images));
        using SKBitmap labelled = SKBitmap.Decode(ImageGrid.Png(images, ["a", "b", "c"], columns: 3));

        (plain.Width, plain.Height).Should().Be((2 * (64 + 6) + 6, 2 * (64 + 6) + 6));
        plain.GetPixel(6, 6).Should().Be(new SKColor(255, 0, 0));
        plain.GetPixel(69, 69).Should().Be(new SKColor(255, 0, 0));
        plain.GetPixel(76, 6).Should().Be(new SKColor(128, 128, 128));
        plain.GetPixel(6 + 63, 76 + 63).Should().Be(new SKColor(255, 128, 128));
        plain.GetPixel(6 + 59, 76 + 59).Should().Be(new SKColor(128, 128, 128));
        plain.GetPixel(0, 0).Should().Be(SKColors.White);
        (labelled.Width, labelled.Height).Should().Be((3 * 70 + 6, 64 + 6 + 20 + 6));
    }

    [Fact]
    public void A_film_strip_has_a_row_for_each_image()
    {
        Tensor[] frames = [torch.full([5, 1, 8, 8], -1f), torch.full([5, 1, 8, 8], 1f)];

        using SKBitmap strip = SKBitmap.Decode(ImageGrid.FilmStrip(frames, rows: 3));

        (strip.Width, strip.Height).Should().Be((2 * 70 + 6, 3 * 70 + 6));
        strip.GetPixel(10, 80).Should().Be(SKColors.Black);
        strip.GetPixel(80, 80).Should().Be(SKColors.White);
    }

    [Fact]
    public void A_film_strip_names_the_class_of_each_row()
    {
        Tensor[] frames = [.. Enumerable.Range(0, 4).Select(_ => torch.full([2, 1, 8, 8], 1f))];

        using SKBitmap strip = SKBitmap.Decode(ImageGrid.FilmStrip(frames, labels: ["7", "a class with a long name of its own"]));

        (strip.Width, strip.Height).Should().Be((4 * 70 + 6, 2 * 90 + 6));
        Ink(strip, 0, top: 70).Should().BeTrue("the first frame of the row has its class below it");
        Ink(strip, 1, top: 70).Should().BeFalse();
        Ink(strip, 0, top: 160).Should().BeTrue();
        Ink(strip, 2, top: 160).Should().BeTrue("a long name continues below the next frames");

        static bool Ink(SKBitmap picture, int column, int top) => Enumerable.Range(0, 20 * 64)
            .Any(i => picture.GetPixel(6 + 70 * column + i % 64, top + i / 64).Red < 128);
    }

    [Fact]
    public void Rejects_tensors_that_are_not_images()
    {
        Action two = () => ImageGrid.Png(torch.zeros(1, 2, 4, 4));
        Action labels = () => ImageGrid.Png(torch.zeros(2, 1, 4, 4), ["a"]);
        Action none = () => ImageGrid.FilmStrip([]);
        Action rows = () => ImageGrid.FilmStrip([torch.zeros(2, 1, 4, 4)], labels: ["a"]);
        two.Should().Throw<ArgumentException>().WithMessage("*1 or 3 channels; found [1, 2, 4, 4]*");
        labels.Should().Throw<ArgumentException>().WithMessage("*2 images and 1 labels*");
        none.Should().Throw<ArgumentException>().WithMessage("*needs frames*");
        rows.Should().Throw<ArgumentException>().WithMessage("*2 rows and 1 labels*");
    }

    private static ChosenSampler Ddim(int steps, double eta = 0) => new("ddim", new Ddim(), new DdimOptions { Eta = eta }, steps);

    private static ChosenSampler Ddpm(int steps) => new("ddpm", new Ddpm(), new DdpmOptions(), steps);

    private SampledImages Sample(ImageSamplingOptions options, ChosenSampler sampler) =>
        ImageSampler.Sample(_model, torch.CPU, sampler, options);
}
