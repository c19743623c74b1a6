using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// Makes images with any <see cref="IDenoiser"/>: draws noise, walks the chain, keeps moments of it. A function of the
/// model and the options: noise is drawn on the CPU, for each image from a stream of its own.
/// </summary>
public static class ImageSampler
{
    private const int UsualDdimSteps = 50;

    /// <summary>Samples. The caller disposes the result. The model is in eval mode meanwhile and afterwards as it was.</summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="options">What to make.</param>
    /// <param name="progress">Told after each step how many network passes are done, and of how many; null: nobody.</param>
    /// <param name="stop">Looked at between steps.</param>
    /// <exception cref="ModelException">The model has no such class, or no classes to guide by.</exception>
    /// <exception cref="ArgumentOutOfRangeException">More steps than the model has timesteps.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static SampledImages Sample(
        IDenoiser model,
        torch.Device device,
        ImageSamplingOptions options,
        Action<int, int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        int[] classes = Classes(model, options);
        NoiseLevels levels = new(model.AlphasCumulative, model.Prediction);
        Chain chain = new(model, device, options, levels, progress, stop);

        bool training = model.Module.training;
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        model.Module.eval();
        try
        {
            List<Tensor>[] moments = [];
            foreach (int[] part in Enumerable.Range(0, options.Count).Chunk(options.BatchSize))
            {
                List<Tensor> walked = chain.Walk(part, classes);
                if (moments.Length == 0)
                    moments = [.. walked.Select(_ => new List<Tensor>())];
                for (int i = 0; i < walked.Count; i++)
                    moments[i].Add(walked[i]);
            }

            Tensor[] whole = [.. moments.Select(parts => torch.cat(parts).DetachFromDisposeScope())];
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
                : throw new ModelException("The model is not conditioned on classes: leave out the classes and the guidance scale.");
        }

        if (options.Guidance == 0)
            return [];
        IReadOnlyList<int> wanted = options.Classes is { Count: > 0 } named ? named : [.. Enumerable.Range(0, count)];
        foreach (int index in wanted)
        {
            if (index < 0 || index >= count)
                throw new ModelException($"The model has no class {index}. It has: {string.Join(", ", model.Labels.Select((label, i) => $"{i} ({label})"))}.");
        }

        return [.. Enumerable.Range(0, options.Count).Select(i => wanted[i % wanted.Count])];
    }

    /// <summary>The chain of a part of the images.</summary>
    private sealed class Chain(
        IDenoiser model, torch.Device device, ImageSamplingOptions options, NoiseLevels levels, Action<int, int>? progress, CancellationToken stop)
    {
        private readonly IDiffusionSampler _sampler = options.Sampler == SamplerKind.Ddim
            ? new DdimSampler(levels, options.Eta, options.Clip)
            : new DdpmSampler(levels, options.Variance, options.Clip);

        private readonly IReadOnlyList<int> _timesteps = levels.Timesteps(
            options.Steps ?? (options.Sampler == SamplerKind.Ddim ? Math.Min(UsualDdimSteps, levels.Count) : levels.Count));

        private int _done;

        /// <summary>The frames asked for, then the images: tensors on the CPU in the current dispose scope.</summary>
        public List<Tensor> Walk(int[] images, int[] classes)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int stride = levels.Count / _timesteps.Count;
            int total = _timesteps.Count * ((options.Count + options.BatchSize - 1) / options.BatchSize);
            torch.Generator[] streams = [.. images.Select(Stream)];
            try
            {
                Tensor? labels = classes.Length == 0 ? null : torch.tensor(images.Select(i => (long)classes[i]).ToArray(), device: device);
                Tensor sample = Noise(streams);
                List<Tensor> kept = [];
                for (int step = 0; step < _timesteps.Count; step++)
                {
                    stop.ThrowIfCancellationRequested();
                    if (IsFrame(step))
                        kept.Add(ToCpu(sample));
                    using DisposeScope each = torch.NewDisposeScope();
                    int timestep = _timesteps[step];
                    Tensor prediction = ClassifierFreeGuidance.Predict(model, sample, timestep, labels, options.Guidance);
                    Tensor next = _sampler.Step(sample, prediction, timestep, timestep - stride, () => Noise(streams)).Previous;
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

        // Frames are evenly spaced, the image itself being the last.
        private bool IsFrame(int step)
        {
            int before = options.Frames - 1;
            return before > 0 && (long)step * before % _timesteps.Count < before;
        }

        private torch.Generator Stream(int image) =>
            new(new SeededRandom((ulong)options.Seed).Fork("image").Fork(image).Seed, torch.CPU);

        // [B, C, H, W]
        private Tensor Noise(torch.Generator[] streams)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (int channels, int height, int width) = model.SampleSize;
            Tensor[] each = [.. streams.Select(stream => torch.randn([channels, height, width], torch.ScalarType.Float32, generator: stream))];
            return torch.stack(each).to(device).MoveToOuterDisposeScope();
        }

        private static Tensor ToCpu(Tensor tensor) => tensor.to(torch.CPU, copy: true);
    }
}
