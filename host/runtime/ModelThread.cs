using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Tenon.Host.Inference;
using Tenon.Host.Inference.Images;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Serving;

namespace Tenon.Host;

/// <summary>
/// An opened model with asynchronous methods. All work is done on one thread, which belongs to the model, because torch's gradient
/// mode belongs to a thread; calls are executed one after another, in the order in which they were made. Thread-safe.
/// <see cref="OpenedModelExtensions"/> documents results and exceptions.
/// </summary>
public sealed class ModelThread : IAsyncDisposable
{
    private readonly WorkThread _thread;
    private readonly OpenedModel _model;
    private readonly SharedModel _shared;
    private readonly bool _isAdapter;
    private int _disposed;

    private ModelThread(WorkThread thread, OpenedModel model, SharedModel? shared = null) =>
        (_thread, _model, _shared, _isAdapter) = (thread, model, shared ?? new SharedModel(model), shared is not null);

    /// <summary>Remarks on the folder (<see cref="OpenedModel.Remarks"/>).</summary>
    public IReadOnlyList<string> Remarks => _model.Remarks;

    /// <summary>Continues prompts with a language model.</summary>
    /// <param name="prompts">At least one. An empty prompt starts from the end-of-text token.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="stop">Cancels generation after the current token.</param>
    public Task<IReadOnlyList<Continuation>> GenerateAsync(
        IReadOnlyList<string> prompts, SamplingOptions? sampling = null, ulong seed = 1, CancellationToken stop = default) =>
        InvokeAsync(model => model.Generate(prompts, sampling, seed, stop: stop), stop);

    /// <summary>Generates the assistant's next message in conversations.</summary>
    /// <param name="conversations">At least one.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="stop">Cancels generation after the current token.</param>
    public Task<IReadOnlyList<Continuation>> ChatAsync(
        IReadOnlyList<Conversation> conversations, SamplingOptions? sampling = null, ulong seed = 1, CancellationToken stop = default) =>
        InvokeAsync(model => model.Chat(conversations, sampling, seed, stop: stop), stop);

    /// <summary>Continues a prompt and yields the text while it is generated.</summary>
    /// <param name="prompt">The prompt; if it is empty, the text starts from the end-of-text token.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="stop">Cancels generation after the current token, as does ending the enumeration.</param>
    public async IAsyncEnumerable<string> StreamAsync(
        string prompt, SamplingOptions? sampling = null, ulong seed = 1, [EnumeratorCancellation] CancellationToken stop = default)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Task generating = Generate();
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(stop).ConfigureAwait(false))
                yield return piece;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await generating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // The reader has already rethrown its exception.
        }

        async Task Generate()
        {
            try
            {
                await InvokeAsync(model =>
                    model.Generate([prompt], sampling, seed, (_, piece) => pieces.Writer.TryWrite(piece), stop: ended.Token), ended.Token)
                    .ConfigureAwait(false);
                pieces.Writer.Complete();
            }
            catch (Exception failure)
            {
                pieces.Writer.Complete(failure);
                throw;
            }
        }
    }

    /// <summary>Embeds texts or images.</summary>
    /// <param name="inputs">Texts or paths of image files, depending on the model.</param>
    /// <param name="pooling">How to pool; null for the folder's setting, or else the architecture's default.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    /// <returns>One vector per input, in order.</returns>
    public Task<float[][]> EmbedAsync(IReadOnlyList<string> inputs, Pooling? pooling = null, CancellationToken stop = default) =>
        InvokeAsync(model => model.Embed(inputs, pooling, stop).ToArray(), stop);

    /// <summary>Classifies texts or images.</summary>
    /// <param name="inputs">Texts or paths of image files, depending on the model.</param>
    /// <param name="top">Classes per input, most probable first; null for all.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    public Task<Classification[]> ClassifyAsync(IReadOnlyList<string> inputs, int? top = null, CancellationToken stop = default) =>
        InvokeAsync(model => model.Classify(inputs, top, stop).ToArray(), stop);

    /// <summary>Classifies the words of texts.</summary>
    /// <param name="texts">Words separated by spaces.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    public Task<TaggedText[]> TagAsync(IReadOnlyList<string> texts, CancellationToken stop = default) =>
        InvokeAsync(model => model.Tag(texts, stop).ToArray(), stop);

    /// <summary>Predicts the masked words of texts.</summary>
    /// <param name="texts">Texts that contain the tokenizer's mask token, such as <c>[MASK]</c>.</param>
    /// <param name="top">Words per mask, most probable first.</param>
    /// <param name="stop">Cancels after the current text.</param>
    public Task<IReadOnlyList<FilledText>> FillAsync(IReadOnlyList<string> texts, int top = 5, CancellationToken stop = default) =>
        InvokeAsync(model => model.Fill(texts, top, stop), stop);

    /// <summary>Samples images from a diffusion model. The caller disposes the result.</summary>
    /// <param name="sampler">A sampler from <see cref="TenonHost.Sampler"/>.</param>
    /// <param name="options">Number of images, classes and seed; null for the defaults.</param>
    /// <param name="stop">Cancels after the current pass.</param>
    public Task<SampledImages> SampleAsync(ChosenSampler sampler, ImageSamplingOptions? options = null, CancellationToken stop = default) =>
        InvokeAsync(model => model.Sample(sampler, options, progress: null, stop), stop);

    /// <summary>Performs any other work with the model on its thread.</summary>
    /// <param name="work">The work, which must neither dispose the model nor keep it.</param>
    /// <param name="stop">Cancels the work before it begins; later, the work observes it.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Task<T> InvokeAsync<T>(Func<OpenedModel, T> work, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _thread.Run(
            () =>
            {
                _shared.Apply(_model);
                return work(_model);
            }, stop);
    }

    /// <summary>Creates an engine that generates on the model's thread. Stop it before the model is disposed.</summary>
    /// <param name="limits">Limits.</param>
    /// <param name="draft">Proposes tokens; null for none.</param>
    /// <exception cref="ModelException">
    /// The model is not a causal language model, or has no tokenizer; or the draft does not suit it.
    /// </exception>
    internal Task<GenerationEngine> NewEngineAsync(ServingLimits limits, DraftOpening? draft = null) =>
        _thread.Run(
            () => new GenerationEngine(_thread, _model, _shared, limits, new CacheMemory(_model, limits, draft)), CancellationToken.None);

    /// <summary>
    /// Opens an adapter that shares this model in memory, and its thread. The caller disposes the result before this object.
    /// </summary>
    /// <param name="host">The library.</param>
    /// <param name="adapter">The adapter, which must only add to weights.</param>
    /// <exception cref="ModelException">The folder is not an adapter, or the adapter cannot share this model.</exception>
    internal async Task<ModelThread> OpenAdapterAsync(TenonHost host, AdapterChoice adapter) => new(
        _thread,
        await _thread.Run(() => host.Contained(() => _shared.Open(new ModelFolderOpener(host.Components), adapter)), CancellationToken.None)
            .ConfigureAwait(false),
        _shared);

    /// <summary>Waits for the calls in progress, frees the model and ends its thread. Of an adapter, frees only the adapter.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _thread.Run(
            () =>
            {
                _shared.Close(_model);
                _model.Dispose();
                return true;
            }, CancellationToken.None).ConfigureAwait(false);
        if (!_isAdapter)
            await _thread.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Opens a model on a new thread.</summary>
    /// <param name="open">Opens the model.</param>
    /// <param name="stop">Cancels before the model is opened.</param>
    internal static async Task<ModelThread> Open(Func<OpenedModel> open, CancellationToken stop)
    {
        var thread = new WorkThread("Tenon model");
        try
        {
            return new ModelThread(thread, await thread.Run(open, stop).ConfigureAwait(false));
        }
        catch
        {
            await thread.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
