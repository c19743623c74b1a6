using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;

namespace Tenon.Host.Training;

/// <summary>Images that a model reconstructs: each row shows the original, the visible part and the reconstruction.</summary>
/// <param name="parts">The parts of the run.</param>
/// <param name="model">The run's model.</param>
internal sealed class ReconstructionSamples(RunParts parts, IImageReconstructor model) : Samples
{
    /// <inheritdoc/>
    public override string Activity => "reconstructing images";

    /// <inheritdoc/>
    public override void Write(SeededRandom random, long step)
    {
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        // Held-out images if there are any. The same images with the same hidden parts are used at each step.
        using Batch batch = parts.Data.Batches(parts.HasValidation ? Split.Validation : Split.Train).Get(0);
        ImageReconstruction made = model.Reconstruct(batch, random);
        string file = FileOf(parts, step, ".png");
        Picture.TryWrite(
            file, () => ImageGrid.FilmStrip([made.Original, made.Visible, made.Reconstructed], parts.Recipe.Samples.ImagesPerClass),
            parts.Events.Warn);
        parts.Events.Publish(new SamplesWritten(step, file, Text: null));
    }
}
