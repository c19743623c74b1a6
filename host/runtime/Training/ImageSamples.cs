using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>Images of a denoiser as a grid with a row per class, in one file per step.</summary>
internal sealed class ImageSamples : Samples
{
    private readonly RunParts _parts;
    private readonly IDenoiser _model;
    private readonly ChosenSampler _sampler;

    /// <summary>
    /// Checks the sampler, and checks guidance with a single pass, so that unsupported settings are refused before training.
    /// </summary>
    /// <param name="parts">The parts of the run.</param>
    /// <param name="model">The run's model.</param>
    /// <param name="sampler">The recipe's sampler.</param>
    /// <exception cref="OptionsException">The recipe requests more steps than the model has timesteps.</exception>
    /// <exception cref="ModelException">The recipe requests guidance, which the model does not support.</exception>
    public ImageSamples(RunParts parts, IDenoiser model, ChosenSampler sampler)
    {
        (_parts, _model, _sampler) = (parts, model, sampler);
        (sampler.Open(model) as IDisposable)?.Dispose();
        if (parts.Recipe.Samples.Guidance != 1)
            ImageSampler.Sample(model, parts.Device.Torch, sampler.WithSteps(1),
                new ImageSamplingOptions { Count = 1, Guidance = parts.Recipe.Samples.Guidance }).Dispose();
    }

    /// <inheritdoc/>
    public override string Activity => "sampling images";

    /// <inheritdoc/>
    public override void Write(SeededRandom random, long step)
    {
        SampleOptions options = _parts.Recipe.Samples;
        int[] classes = ClassRows.Of(_model, [], options.ImagesPerClass);
        // The same noise at each step makes the images comparable.
        using SampledImages made = ImageSampler.Sample(_model, _parts.Device.Torch, _sampler, new ImageSamplingOptions
        {
            Count = Math.Max(classes.Length, options.ImagesPerClass),
            Classes = classes.Length > 0 ? classes : null,
            Seed = (long)(random.Seed >> 1),
            Guidance = options.Guidance,
        }, (done, all) => _parts.Events.ReportActivity($"{Activity}, {done} of {all} passes"), CancellationToken.None);
        string file = FileOf(_parts, step, ".png");
        Picture.TryWrite(file, () => ImageGrid.Png(made.Images, ClassRows.Captions(_model, made.Classes, options.ImagesPerClass),
            options.ImagesPerClass), _parts.Events.Warn);
        _parts.Events.Publish(new SamplesWritten(step, file, Text: null));
    }
}
