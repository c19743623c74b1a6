using Microsoft.Extensions.AI;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

namespace Tenon.Extensions.AI;

/// <summary>
/// A model that embeds texts as an embedding generator. The first request opens the model, which belongs to the generator. Options
/// that cannot be honoured are refused by name. Thread-safe; requests are executed one after another.
/// </summary>
public sealed class TenonEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IAsyncDisposable
{
    private readonly ModelOnDemand<ModelThread> _model;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Creates a generator. Nothing is opened yet.</summary>
    /// <param name="host">The library. Not disposed.</param>
    /// <param name="folder">A run's folder, or a model folder in Hugging Face's layout.</param>
    /// <param name="options">How the model is opened; null for the defaults.</param>
    public TenonEmbeddingGenerator(TenonHost host, string folder, TenonModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _model = new ModelOnDemand<ModelThread>(host, folder, options ?? new TenonModelOptions(), CheckAsync);
        _metadata = new EmbeddingGeneratorMetadata("tenon", defaultModelId: _model.Name);
    }

    /// <summary>Opens the model now, so that no request waits for it and a wrong folder is reported at once.</summary>
    /// <param name="stop">Stops waiting.</param>
    /// <exception cref="ModelException">The folder is not a model folder, or the model does not embed texts.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed.</exception>
    public Task OpenAsync(CancellationToken stop = default) => _model.GetAsync(stop);

    /// <summary>Embeds texts.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">
    /// Options; null for the defaults. <see cref="EmbeddingGenerationOptions.Dimensions"/> keeps the first components, scaled to
    /// length 1. <see cref="EmbeddingGenerationOptions.RawRepresentationFactory"/> may return a <see cref="Pooling"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels after the current batch.</param>
    /// <returns>One embedding per text, in order.</returns>
    /// <exception cref="ModelException">The model cannot be opened, or a text is longer than its context.</exception>
    /// <exception cref="NotSupportedException">An option is not supported.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more dimensions than the vectors have.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        options ??= new EmbeddingGenerationOptions();
        Refused.OtherModel(options.ModelId, _model.Name);
        Refused.Additional(options.AdditionalProperties);
        Pooling? pooling = Refused.Representation<Pooling>(options.RawRepresentationFactory?.Invoke(this));
        string[] texts = [.. values];
        ModelThread model = await _model.GetAsync(cancellationToken).ConfigureAwait(false);
        (float[][] vectors, int tokens) = texts.Length == 0 ? ([], 0) : await model.InvokeAsync(
            opened => Embed(opened, texts, pooling, cancellationToken), cancellationToken).ConfigureAwait(false);
        int most = vectors.Length == 0 ? int.MaxValue : vectors[0].Length;
        int? dimensions = options.Dimensions is { } count
            ? Refused.IfOutside(count, 1, most, nameof(options.Dimensions)) : null;
        DateTimeOffset created = DateTimeOffset.UtcNow;
        return new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector =>
            new Embedding<float>(ShortenedVector.Of(vector, dimensions)) { ModelId = _model.Name, CreatedAt = created }))
        {
            Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };
    }

    /// <summary>Returns the generator itself, or its <see cref="EmbeddingGeneratorMetadata"/>; null for other types.</summary>
    /// <param name="serviceType">The type.</param>
    /// <param name="serviceKey">Must be null; there are no services with keys.</param>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        OfferedServices.Find(this, _metadata, serviceType, serviceKey);

    /// <summary>Waits for the requests in progress, and frees the model.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Waits for the requests in progress, and frees the model.</summary>
    public ValueTask DisposeAsync() => _model.DisposeAsync();

    // A text must not be taken for the path of an image.
    private static Task<ModelThread> CheckAsync(ModelThread thread) => thread.InvokeAsync(opened =>
    {
        opened.As<IEmbedder>("embed");
        if (opened.Model is ICollate<ImageExample>)
            throw new ModelException($"{Capability.Describe(opened.Model)} embeds images, not texts. Open a model that embeds texts.");
        _ = opened.NeededTokenizer;
        return thread;
    });

    private static (float[][] Vectors, int Tokens) Embed(
        OpenedModel opened, string[] texts, Pooling? pooling, CancellationToken stop)
    {
        long before = opened.TruncatedInputs;
        float[][] vectors = [.. opened.Embed(texts, pooling, stop)];
        if (opened.TruncatedInputs > before)
        {
            throw new ModelException(
                $"{opened.TruncatedInputs - before} of the texts have more tokens than the model reads. Shorten or split them.");
        }

        return (vectors, texts.Sum(text => opened.NeededTokenizer.Encode(text, recognizeSpecial: true).Count));
    }
}
