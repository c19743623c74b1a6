using SkiaSharp;
using Tenon.Host.Inference.Images;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Tenon.Host.Tests.Evaluation;
using Tenon.Host.Training;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class ImageSamplesTests
{
    [Fact]
    public void A_grid_has_a_row_for_each_class()
    {
        using var model = new TwoToneDenoiser();
        ClassRows.Of(model, [], 3).Should().Equal(0, 0, 0, 1, 1, 1);
        ClassRows.Of(model, ["bright"], 2).Should().Equal(1, 1);
        ClassRows.Captions(model, [0, 0, 1, 1], 2).Should().Equal("dark", "", "bright", "");
    }

    [Fact]
    public void A_class_that_the_model_does_not_have_is_refused()
    {
        using var model = new TwoToneDenoiser();
        model.Invoking(m => ClassRows.Of(m, ["brigth"], 1)).Should().Throw<ModelException>()
            .WithMessage("The model has no class 'brigth'. It has: dark, bright. Did you mean 'bright'?");
        using var plain = new TwoToneDenoiser { Labels = [] };
        plain.Invoking(m => ClassRows.Of(m, ["bright"], 1)).Should().Throw<ModelException>()
            .WithMessage("The model is not conditioned on classes, but the class 'bright' was requested. Omit the class.");
    }

    [Fact]
    public void A_denoiser_shows_a_grid_of_images()
    {
        using var run = new TestRun(new TrainingOptions { Steps = 1 },
            recipe => recipe with { Samples = new SampleOptions { ImagesPerClass = 3 } });
        using var model = new TwoToneDenoiser();
        Samples samples = Samples.Of(run.Parts(model) with { Sampler = TinySamplers.Ddim(2) })!;
        LiveTensors.LeftBy(() => samples.Write(new SeededRandom(1), 20)).Should().Be(0);

        using SKBitmap grid = SKBitmap.Decode(Path.Combine(run.Folder.Samples, "step-00000020.png"));
        // Three columns and two rows of cells of 64 pixels with a gap of 6, a caption of 20 below each.
        (grid.Width, grid.Height).Should().Be((3 * 70 + 6, 2 * 90 + 6));
        grid.GetPixel(30, 30).Red.Should().BeLessThan(10);
        grid.GetPixel(30, 120).Red.Should().BeGreaterThan(245);
    }

    [Fact]
    public void Nothing_is_shown_when_the_recipe_asks_for_none_or_the_model_makes_none()
    {
        using var run = new TestRun(new TrainingOptions { Steps = 1 },
            recipe => recipe with { Samples = new SampleOptions { ImagesPerClass = 0 } });
        using var denoiser = new TwoToneDenoiser();
        using var classifier = new BrightnessModel();
        Samples.Of(run.Parts(denoiser) with { Sampler = TinySamplers.Ddim() }).Should().BeNull();
        Samples.Of(run.Parts(classifier)).Should().BeNull();
    }

    [Fact]
    public void Guidance_without_classes_is_refused_before_training()
    {
        using var run = new TestRun(new TrainingOptions { Steps = 1 },
            recipe => recipe with { Samples = new SampleOptions { Guidance = 2 } });
        using var model = new TwoToneDenoiser { Labels = [] };
        run.Invoking(r => Samples.Of(r.Parts(model) with { Sampler = TinySamplers.Ddim() })).Should().Throw<ModelException>()
            .WithMessage("The model is not conditioned on classes: omit the classes and the guidance scale.");
    }

    [Fact]
    public void More_steps_than_the_model_has_timesteps_are_refused_before_training()
    {
        using var run = new TestRun(new TrainingOptions { Steps = 1 }, recipe => recipe with { Samples = new SampleOptions() });
        using var model = new TwoToneDenoiser();
        run.Invoking(r => Samples.Of(r.Parts(model) with { Sampler = TinySamplers.Ddim(5) })).Should().Throw<OptionsException>()
            .WithMessage("The sampler 'ddim' is set to 5 steps, but this model has 4 timesteps. Set sampler:steps (--steps) to 1 … 4.");
    }
}
