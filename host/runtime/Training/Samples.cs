using System.Globalization;
using Tenon.Host.Models;
using Tenon.Host.Recipes;

namespace Tenon.Host.Training;

/// <summary>What a model shows of itself during a run. Which it is, the model's capability decides.</summary>
internal abstract class Samples
{
    /// <summary>What is being done, for the screen.</summary>
    public abstract string Doing { get; }

    /// <summary>The samples of a run; null when its model has nothing to show, or the recipe asks for nothing.</summary>
    /// <param name="parts">Model, tokenizer, generator, options, folder, screen.</param>
    /// <exception cref="ModelException">The recipe asks for samples that this model cannot make.</exception>
    public static Samples? Of(RunParts parts)
    {
        SampleOptions options = parts.Recipe.Samples;
        SampleKind?[] kinds = [.. Capability.Of(parts.Model).Select(capability => capability.Samples)];
        if (options.Prompts is { Count: > 0 } prompts)
        {
            return kinds.Contains(SampleKind.Texts) && parts.Tokenizer is { } tokenizer
                ? new TextSamples(parts, (ICausalLanguageModel)parts.Model, tokenizer, prompts)
                : throw new ModelException(
                    $"The recipe has samples:prompts, but the model '{parts.Recipe.Model.Use}' generates no text{(parts.Tokenizer is null ? " without a tokenizer" : "")}. " +
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

    /// <summary>Makes samples and writes them. The model is in eval mode, without gradients.</summary>
    /// <param name="random">The only source of chance, the same at every step.</param>
    /// <param name="step">Steps done; names the file.</param>
    public abstract void Write(SeededRandom random, long step);

    /// <summary>The file of a step.</summary>
    protected static string FileOf(RunParts parts, long step, string extension)
    {
        Directory.CreateDirectory(parts.Folder.Samples);
        return Path.Combine(parts.Folder.Samples, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}{extension}"));
    }
}
