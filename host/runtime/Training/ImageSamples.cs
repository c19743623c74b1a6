using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>Images that a denoiser makes, as a grid with a row for each class: a file for each time.</summary>
internal sealed class ImageSamples : Samples
{
    private readonly RunParts _parts;
    private readonly IDenoiser _model;

    /// <summary>Prepares, and tries one pass with guidance, so that a model that takes none is refused before it is trained.</summary>
    /// <param name="parts">Options, device, folder, screen.</param>
    /// <param name="model">The run's model.</param>
    /// <exception cref="OptionsException">The recipe asks for more steps than the model has timesteps.</exception>
    /// <exception cref="ModelException">The model cannot be guided, and the recipe asks for it.</exception>
    public ImageSamples(RunParts parts, IDenoiser model)
    {
        (_parts, _model) = (parts, model);
        ClassRows.CheckSteps(model, parts.Recipe.Samples.DenoisingSteps, "samples:denoisingSteps");
        if (parts.Recipe.Samples.Guidance != 1)
            ImageSampler.Sample(model, parts.Device.Torch, new ImageSamplingOptions { Count = 1, Steps = 1, Guidance = parts.Recipe.Samples.Guidance }).Dispose();
    }

    /// <inheritdoc/>
    public override string Doing => "sampling images";

    /// <inheritdoc/>
    public override void Write(SeededRandom random, long step)
    {
        SampleOptions options = _parts.Recipe.Samples;
        int[] classes = ClassRows.Of(_model, [], options.ImagesPerClass);
        // The same noise at each step, so that pictures can be compared.
        using SampledImages made = ImageSampler.Sample(_model, _parts.Device.Torch, new ImageSamplingOptions
        {
            Count = Math.Max(classes.Length, options.ImagesPerClass),
            Classes = classes.Length > 0 ? classes : null,
            Seed = (long)(random.Seed >> 1),
            Steps = options.DenoisingSteps,
            Guidance = options.Guidance,
        }, (done, all) => _parts.Events.Doing($"{Doing}, {done} of {all} passes"), CancellationToken.None);
        string file = FileOf(_parts, step, ".png");
        Picture.TryWrite(file, () => ImageGrid.Png(made.Images, ClassRows.Captions(_model, made.Classes, options.ImagesPerClass), options.ImagesPerClass), _parts.Events.Warn);
        _parts.Events.Publish(new SamplesWritten(step, file, Text: null));
    }
}
