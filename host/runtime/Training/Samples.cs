using System.Globalization;
using Tenon.Host.Models;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>Samples of a model during a run. Its capability determines their kind.</summary>
internal abstract class Samples
{
    /// <summary>Description of the activity.</summary>
    public abstract string Activity { get; }

    /// <summary>Creates the samples of a run; null if its model cannot produce any, or the recipe requests none.</summary>
    /// <param name="parts">The parts of the run.</param>
    /// <exception cref="ModelException">The recipe requests samples that this model cannot produce.</exception>
    public static Samples? Of(RunParts parts)
    {
        SampleOptions options = parts.Recipe.Samples;
        SampleKind?[] kinds = [.. Capability.Of(parts.Model).Select(capability => capability.Samples)];
        if (options.Prompts is { Count: > 0 } prompts)
        {
            return kinds.Contains(SampleKind.Texts) && parts.Tokenizer is { } tokenizer
                ? new TextSamples(parts, (ICausalLanguageModel)parts.Model, tokenizer, prompts)
                : throw new ModelException(
                    $"The recipe has samples:prompts, but the model '{parts.Recipe.Model.Use}' does not generate " +
                    $"text{(parts.Tokenizer is null ? " without a tokenizer" : "")}. " +
                    "Remove samples:prompts, or choose a causal language model and a tokenizer.");
        }

        if (options.ImagesPerClass == 0)
            return null;
        if (kinds.Contains(SampleKind.Reconstructions))
            return new ReconstructionSamples(parts, (IImageReconstructor)parts.Model);
        return kinds.Contains(SampleKind.Images) && parts.Sampler is { } sampler
            ? new ImageSamples(parts, (IDenoiser)parts.Model, sampler)
            : null;
    }

    /// <summary>Generates samples and writes them. The model is in eval mode, without gradients.</summary>
    /// <param name="random">The only source of randomness, the same at every step.</param>
    /// <param name="step">Completed steps; part of the file name.</param>
    public abstract void Write(SeededRandom random, long step);

    /// <summary>Returns the file of a step.</summary>
    protected static string FileOf(RunParts parts, long step, string extension)
    {
        Directory.CreateDirectory(parts.Folder.Samples);
        return Path.Combine(parts.Folder.Samples, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}{extension}"));
    }
}
