using Tenon.Host.Plugins.Loading;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// Samples images from any <see cref="IDenoiser"/> with any sampler: draws noise, denoises it step by step, and keeps
/// intermediate frames. A function of model, sampler and options: noise is drawn on the CPU, from a separate stream for each
/// image.
/// </summary>
public static class ImageSampler
{
    /// <summary>Samples in eval mode and restores the model's mode. The caller disposes the result.</summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="device">Device of the model.</param>
    /// <param name="sampler">The sampler.</param>
    /// <param name="options">Sampling options.</param>
    /// <param name="progress">Receives the number of completed steps and the total after each step, or null.</param>
    /// <param name="stop">Observed between steps.</param>
    /// <exception cref="ModelException">The model has no such class, or no classes for guidance.</exception>
    /// <exception cref="OptionsException">More steps are requested than the model has timesteps.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static SampledImages Sample(
        IDenoiser model,
        torch.Device device,
        ChosenSampler sampler,
        ImageSamplingOptions options,
        Action<int, int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(options);
        int[] classes = Classes(model, options);
        Walk walk = new(model, device, sampler, options, progress, stop);

        bool training = model.Module.training;
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        model.Module.eval();
        try
        {
            List<Tensor>[] frames = [];
            foreach (int[] part in Enumerable.Range(0, options.Count).Chunk(options.BatchSize))
            {
                List<Tensor> walked = walk.Sample(part, classes);
                if (frames.Length == 0)
                    frames = [.. walked.Select(_ => new List<Tensor>())];
                for (int i = 0; i < walked.Count; i++)
                    frames[i].Add(walked[i]);
            }

            Tensor[] whole = [.. frames.Select(parts => torch.cat(parts).DetachFromDisposeScope())];
            return new SampledImages(whole[^1], whole[..^1], classes);
        }
        finally
        {
            model.Module.train(training);
        }
    }

    private static int[] Classes(IDenoiser model, ImageSamplingOptions options)
    {
        int count = model.Labels.Count;
        if (count == 0)
        {
            return options.Classes is null && options.Guidance == 1
                ? []
                : throw new ModelException("The model is not conditioned on classes: omit the classes and the guidance scale.");
        }

        if (options.Guidance == 0)
            return [];
        IReadOnlyList<int> wanted = options.Classes is { Count: > 0 } named ? named : [.. Enumerable.Range(0, count)];
        foreach (int index in wanted)
        {
            if (index < 0 || index >= count)
                throw new ModelException($"The model has no class {index}. It has: " +
                    $"{string.Join(", ", model.Labels.Select((label, i) => $"{i} ({label})"))}.");
        }

        return [.. Enumerable.Range(0, options.Count).Select(i => wanted[i % wanted.Count])];
    }

    /// <summary>Denoises a batch from noise to images.</summary>
    private sealed class Walk(
        IDenoiser model, torch.Device device, ChosenSampler chosen, ImageSamplingOptions options, Action<int, int>? progress,
        CancellationToken stop)
    {
        private int _done;

        /// <summary>Returns the requested frames, then the images: tensors on the CPU in the current dispose scope.</summary>
        public List<Tensor> Sample(int[] images, int[] classes)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            ISampler sampler = chosen.Open(model);
            using var owned = sampler as IDisposable;
            int steps = sampler.Timesteps.Count;
            int total = steps * ((options.Count + options.BatchSize - 1) / options.BatchSize);
            torch.Generator[] streams = [.. images.Select(Stream)];
            try
            {
                Conditioning? conditioning = classes.Length == 0
                    ? null
                    : new() { ClassLabels = torch.tensor(images.Select(i => (long)classes[i]).ToArray(), device: device) };
                Tensor sample = Noise(streams);
                if (sampler.InitialScale != 1)
                    sample = sample * sampler.InitialScale;
                List<Tensor> kept = [];
                for (int step = 0; step < steps; step++)
                {
                    stop.ThrowIfCancellationRequested();
                    if (IsFrame(step, steps))
                        kept.Add(ToCpu(sample));
                    using DisposeScope each = torch.NewDisposeScope();
                    Tensor prediction = ClassifierFreeGuidance.Predict(
                        model, sampler.ScaleInput(sample, step), sampler.Timesteps[step], conditioning, options.Guidance);
                    Tensor next = sampler.Step(sample, prediction, step, () => Noise(streams));
                    sample.Dispose();
                    sample = next.MoveToOuterDisposeScope();
                    progress?.Invoke(++_done, total);
                }

                if (options.Frames > 0)
                    kept.Add(ToCpu(sample));
                kept.Add(ToCpu(sample.clamp(-1, 1)));
                foreach (Tensor tensor in kept)
                    tensor.MoveToOuterDisposeScope();
                return kept;
            }
            finally
            {
                foreach (torch.Generator stream in streams)
                    stream.Dispose();
            }
        }

        // Frames are evenly spaced; the last one is the image.
        private bool IsFrame(int step, int steps)
        {
            int before = options.Frames - 1;
            return before > 0 && (long)step * before % steps < before;
        }

        private torch.Generator Stream(int image) =>
            new(new SeededRandom((ulong)options.Seed).Fork("image").Fork(image).Seed, torch.CPU);

        // [B, C, H, W]
        private Tensor Noise(torch.Generator[] streams)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int channels, int height, int width) = model.SampleSize;
            Tensor[] each = [.. streams.Select(stream =>
                torch.randn([channels, height, width], torch.ScalarType.Float32, generator: stream))];
            return torch.stack(each).to(device).MoveToOuterDisposeScope();
        }

        private static Tensor ToCpu(Tensor tensor) => tensor.to(torch.CPU, copy: true);
    }
}
