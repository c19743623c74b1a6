using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Extensions.AI;
using Tenon.Host;
using Tenon.Host.Inference.Images;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Extensions.AI;

/// <summary>
/// A diffusion model as an image generator. The prompt is the name of a class, or empty for a model without classes. The first request
/// opens the model, which belongs to the generator. Options that cannot be honoured are refused by name. Thread-safe; requests are
/// executed one after another.
/// </summary>
[Experimental("MEAI001")]
public sealed class TenonImageGenerator : IImageGenerator, IAsyncDisposable
{
    private const string MediaType = "image/png";

    private readonly ModelOnDemand<ModelThread> _model;
    private readonly Lazy<ChosenSampler> _sampler;
    private readonly ImageGeneratorMetadata _metadata;

    /// <summary>Creates a generator. Nothing is opened yet.</summary>
    /// <param name="host">The library. Not disposed.</param>
    /// <param name="folder">A run's folder, or a model folder in Hugging Face's layout.</param>
    /// <param name="options">How the model is opened; null for the defaults.</param>
    /// <param name="sampler">A sampler from <see cref="TenonHost.Sampler"/>; null for the first that plugins provide.</param>
    public TenonImageGenerator(TenonHost host, string folder, TenonModelOptions? options = null, ChosenSampler? sampler = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _model = new ModelOnDemand<ModelThread>(host, folder, options ?? new TenonModelOptions(), CheckAsync);
        _sampler = new Lazy<ChosenSampler>(() => sampler ?? host.Sampler());
        _metadata = new ImageGeneratorMetadata("tenon", defaultModelId: _model.Name);
    }

    /// <summary>Opens the model now, so that no request waits for it and a wrong folder is reported at once.</summary>
    /// <param name="stop">Stops waiting.</param>
    /// <exception cref="ModelException">The folder is not a model folder, or the model is not a diffusion model.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed.</exception>
    public Task OpenAsync(CancellationToken stop = default) => _model.GetAsync(stop);

    /// <summary>Samples images, each as a PNG.</summary>
    /// <param name="request">The prompt. Images to change are not supported.</param>
    /// <param name="options">
    /// Options; null for the defaults. <see cref="ImageGenerationOptions.RawRepresentationFactory"/> may return
    /// <see cref="ImageSamplingOptions"/>, whose seed and guidance apply; otherwise the seed is random.
    /// </param>
    /// <param name="cancellationToken">Cancels after the current pass.</param>
    /// <exception cref="ModelException">The model cannot be opened, or has no class of this name.</exception>
    /// <exception cref="NotSupportedException">An option or an image in the request is not supported.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option has a value that is not allowed.</exception>
    /// <exception cref="OptionsException">The sampler has more steps than the model has timesteps.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed.</exception>
    public async Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        options ??= new ImageGenerationOptions();
        Refuse(request, options);
        ImageSamplingOptions own = Refused.Representation<ImageSamplingOptions>(options.RawRepresentationFactory?.Invoke(this))
            ?? new ImageSamplingOptions { Count = 1, Seed = RandomNumberGenerator.GetInt32(int.MaxValue) };
        int count = Refused.IfOutside(options.Count ?? own.Count, 1, null, nameof(options.Count));
        ModelThread model = await _model.GetAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<byte[]> images = await model.InvokeAsync(
            opened =>
            {
                var denoiser = (IDenoiser)opened.Model;
                CheckSize(denoiser, options);
                int[] classes = ClassRows.Of(denoiser, Names(denoiser, request.Prompt), each: 1);
                using SampledImages sampled = opened.Sample(
                    _sampler.Value, own with { Count = count, Classes = classes.Length == 0 ? null : classes, Frames = 0 },
                    progress: null, cancellationToken);
                return ImageGrid.Pngs(sampled.Images);
            }, cancellationToken).ConfigureAwait(false);
        return new ImageGenerationResponse([.. images.Select(image => new DataContent(image, MediaType))]);
    }

    /// <summary>Returns the generator itself, or its <see cref="ImageGeneratorMetadata"/>; null for other types.</summary>
    /// <param name="serviceType">The type.</param>
    /// <param name="serviceKey">Must be null; there are no services with keys.</param>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        OfferedServices.Find(this, _metadata, serviceType, serviceKey);

    /// <summary>Waits for the requests in progress, and frees the model.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Waits for the requests in progress, and frees the model.</summary>
    public ValueTask DisposeAsync() => _model.DisposeAsync();

    private void Refuse(ImageGenerationRequest request, ImageGenerationOptions options)
    {
        Refused.OtherModel(options.ModelId, _model.Name);
        Refused.If(request.OriginalImages?.Any() == true, nameof(request.OriginalImages));
        Refused.If(options.StreamingCount is > 0, nameof(options.StreamingCount));
        Refused.If(options.MediaType is not (null or MediaType), $"MediaType = {options.MediaType}");
        Refused.If(
            options.ResponseFormat is not (null or ImageGenerationResponseFormat.Data), $"ResponseFormat = {options.ResponseFormat}");
        Refused.Additional(options.AdditionalProperties);
    }

    private static Task<ModelThread> CheckAsync(ModelThread thread) => thread.InvokeAsync(opened =>
    {
        opened.As<IDenoiser>("sample");
        return thread;
    });

    private static void CheckSize(IDenoiser denoiser, ImageGenerationOptions options)
    {
        (_, int height, int width) = denoiser.SampleSize;
        if (options.ImageSize is { } size && (size.Height != height || size.Width != width))
        {
            throw new ArgumentOutOfRangeException(nameof(options),
                $"'ImageSize' is {size.Width}x{size.Height}, but the images of the model have {width}x{height} pixels. Remove it.");
        }
    }

    // A model with classes needs the name of one, even an empty one.
    private static IReadOnlyList<string> Names(IDenoiser denoiser, string? prompt) =>
        denoiser.Labels.Count == 0 && string.IsNullOrEmpty(prompt) ? [] : [prompt ?? ""];
}
