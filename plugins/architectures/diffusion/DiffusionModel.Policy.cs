namespace Tenon.Diffusion;

/// <content>
/// Denoising as a policy (Black et al. 2023, DDPO). A state is a noisy image, an action is the less noisy image drawn from it,
/// and an episode is a chain that starts from pure noise. The last step, to the clean image, adds no noise and is not an
/// action.
/// States of a <see cref="Rollout"/> are <c>latents</c> [B, T + 1, C, H, W] (x before each action and after the last),
/// <c>timesteps</c> [B, T + 1], <c>pixel_values</c> [B, C, H, W] (the generated images) and, conditioned on classes,
/// <c>class_labels</c> [B]. Log-probability and entropy are means over pixels and channels, as in that paper's
/// experiments, so probability ratios do not depend on the size of the image.
/// </content>
public sealed partial class DiffusionModel : IPolicy<ImageOutcome>
{
    private const string Latents = "latents";
    private const string Timesteps = "timesteps";
    private static readonly double HalfLogTau = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>Channels of the lowest level: features are the hidden state of the middle block, averaged over its pixels.</summary>
    /// <inheritdoc/>
    public int FeatureSize => _sizes.BlockOutChannels[^1];

    /// <summary>
    /// Generates an image for each input's class in <see cref="SamplingOptions.MaxNewTokens"/> denoising steps (at most all
    /// timesteps), without dropout or guidance. Row i draws from <c>random.Fork(i)</c>. If the inputs have no classes, only
    /// their number matters.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">Fewer than 2 steps, or an option that does not apply to images.</exception>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) =>
        Sample(inputs, options, random, CancellationToken.None);

    /// <summary>As above, checking for cancellation before each denoising step.</summary>
    /// <inheritdoc/>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(random);
        int steps = Steps(options);
        return PolicySampling.Sample(_network, () => Sample(inputs, steps, random, stop));
    }

    /// <inheritdoc/>
    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        Steps(options);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor latents = rollout.States[Latents]; // [B, T + 1, C, H, W]
        Tensor timesteps = rollout.States[Timesteps]; // [B, T + 1]
        (long batch, long actions) = (latents.size(0), latents.size(1) - 1);
        Tensor before = latents.narrow(1, 0, actions).flatten(0, 1); // [B·T, C, H, W]
        Tensor after = latents.narrow(1, 1, actions).flatten(0, 1);
        Tensor at = timesteps.narrow(1, 0, actions).flatten(); // [B·T]
        Tensor? classes = rollout.States.Find(BatchNames.ClassLabels)?.repeat_interleave(actions); // [B] -> [B·T]

        Tensor? middle = null;
        Tensor prediction = Run(before, at, classes, state => middle = state.mean([2L, 3L]).MoveToOuterDisposeScope());
        long[] here = Values(at), next = Values(timesteps.narrow(1, 1, actions).flatten());
        Tensor mean = _chain.Mean(before, prediction, here, next);
        float[] deviations = _chain.Deviations(here, next);
        Tensor entropy = torch.tensor(Array.ConvertAll(deviations, Entropy), torch.ScalarType.Float32, latents.device);
        return new PolicyEvaluation(
            LogProbability(after, mean, deviations).view(batch, actions).MoveToOuterDisposeScope(),
            entropy.view(batch, actions).MoveToOuterDisposeScope(),
            middle!.view(batch, actions, -1).MoveToOuterDisposeScope());
    }

    /// <summary>The images, each with its requested class.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<ImageOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        using DisposeScope scope = torch.NewDisposeScope();
        (int channels, int height, int width) = SampleSize;
        Tensor pixels = ((rollout.States[BatchNames.PixelValues].clamp(-1, 1) + 1) * 127.5).round()
            .permute(0, 2, 3, 1).contiguous().to(torch.ScalarType.Byte).cpu(); // [B, C, H, W] in [-1, 1] -> [B, H, W, C] in 0 … 255
        byte[] values = [.. pixels.data<byte>()];
        long[]? classes = rollout.States.Find(BatchNames.ClassLabels) is { } labels ? Values(labels) : null;
        return [.. values.Chunk(channels * height * width).Select((image, row) => new ImageOutcome(
            new ImagePixels(height, width, channels, image),
            classes is null || classes[row] == _sizes.NoneClass ? null : (int)classes[row]))];
    }

    private Rollout Sample(Batch inputs, int steps, SeededRandom random, CancellationToken stop)
    {
        torch.Device device = _network.parameters().First().device;
        int batch = (int)inputs.Examples;
        Tensor? classes = Classes(inputs, batch, device);
        long[] timesteps = _chain.Timesteps(steps);
        torch.Generator[] streams =
            [.. Enumerable.Range(0, batch).Select(row => new torch.Generator(random.Fork(BatchPart.Place(row)).Seed, torch.CPU))];
        try
        {
            Tensor sample = Noise(streams, device); // [B, C, H, W]
            List<Tensor> latents = [sample];
            List<Tensor> logProbabilities = [];
            for (int step = 0; step < steps; step++)
            {
                stop.ThrowIfCancellationRequested();
                using DisposeScope scope = torch.NewDisposeScope();
                long[] here = Repeat(timesteps[step], batch);
                long[] next = Repeat(step + 1 < steps ? timesteps[step + 1] : -1, batch);
                Tensor mean = _chain.Mean(sample, Run(sample, torch.tensor(here, device: device), classes), here, next);
                float[] deviations = _chain.Deviations(here, next);
                if (step + 1 == steps)
                {
                    sample = mean.MoveToOuterDisposeScope();
                    break;
                }

                sample = (mean + NoiseLevels.Rows(deviations, mean) * Noise(streams, device)).MoveToOuterDisposeScope();
                latents.Add(sample);
                logProbabilities.Add(LogProbability(sample, mean, deviations).MoveToOuterDisposeScope());
            }

            Dictionary<string, Tensor> states = new()
            {
                [Latents] = torch.stack(latents, 1),
                [Timesteps] = torch.tensor(timesteps, device: device).unsqueeze(0).repeat(batch, 1),
                [BatchNames.PixelValues] = sample,
            };
            if (classes is not null)
                states[BatchNames.ClassLabels] = classes;
            Tensor taken = torch.stack(logProbabilities, 1); // [B, T]
            return new Rollout(new Batch(states, batch, taken.numel()), taken, torch.ones_like(taken));
        }
        finally
        {
            foreach (torch.Generator stream in streams)
                stream.Dispose();
        }
    }

    // The classes of the inputs, "none" if they have none, or null if the model is not conditioned.
    private Tensor? Classes(Batch inputs, int batch, torch.Device device)
    {
        if (!_sizes.IsConditional)
            return null;
        if (inputs.Find(BatchNames.ClassLabels) is { } given)
            return given.clone();
        return _sizes.NoneClass is { } none
            ? torch.full([batch], none, torch.ScalarType.Int64, device)
            : throw new ModelException(
                $"The model was trained with a class for every image, but the inputs have no '{BatchNames.ClassLabels}'.");
    }

    private Tensor Noise(torch.Generator[] streams, torch.Device device)
    {
        (int channels, int height, int width) = SampleSize;
        return torch.stack(
            streams.Select(stream => torch.randn([channels, height, width], torch.ScalarType.Float32, generator: stream)), 0).to(device);
    }

    // log N(action; mean, σ²), the mean over pixels and channels: [N, C, H, W] -> [N]
    private static Tensor LogProbability(Tensor action, Tensor mean, float[] deviations)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor standard = (action - mean) / NoiseLevels.Rows(deviations, mean);
        Tensor constant = torch.tensor(
            Array.ConvertAll(deviations, deviation => Math.Log(deviation) + HalfLogTau), torch.ScalarType.Float32, mean.device);
        return (standard.square().mean([1L, 2L, 3L]) * -0.5 - constant).MoveToOuterDisposeScope();
    }

    private static double Entropy(float deviation) => Math.Log(deviation) + HalfLogTau + 0.5;

    private static long[] Repeat(long value, int count) => [.. Enumerable.Repeat(value, count)];

    private static long[] Values(Tensor tensor) => [.. tensor.cpu().contiguous().data<long>()];

    private int Steps(SamplingOptions options)
    {
        PolicySampling.Check(options);
        if (options.Temperature != 1 || options.TopK != 0 || options.TopP != 1)
            throw new ModelException(
                $"'temperature' is {options.Temperature}, 'topK' is {options.TopK} and 'topP' is {options.TopP}. A denoiser draws " +
                "noise and supports only 1, 0 and 1.");
        int steps = Math.Min(options.MaxNewTokens, _options.TrainTimesteps);
        return steps >= 2
            ? steps
            : throw new ModelException(
                $"'maxNewTokens', the number of denoising steps, is {options.MaxNewTokens}. A chain needs at least 2, because the " +
                "last one is not an action.");
    }
}
