using Tenon.Host;
using Tenon.Host.Inference.Images;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Serving;

namespace Tenon.Server;

/// <summary>A model under the name by which requests select it, on a thread of its own. Thread-safe.</summary>
internal sealed class ServedModel : IAsyncDisposable
{
    private readonly ModelThread _thread;
    private readonly ServingLimits _limits;
    private int _calls;

    private ServedModel(string name, ModelThread thread, ServingLimits limits, ModelTraits traits, GenerationEngine? engine) =>
        (Name, _thread, _limits, Traits, Engine) = (name, thread, limits, traits, engine);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it can be used for.</summary>
    public ModelTraits Traits { get; }

    /// <summary>Generates text; null if the model does not.</summary>
    public GenerationEngine? Engine { get; }

    /// <summary>Samples images; null if the model does not.</summary>
    public ChosenSampler? Sampler { get; private init; }

    /// <summary>Remarks on the folder.</summary>
    public IReadOnlyList<string> Remarks => _thread.Remarks;

    /// <summary>When it was opened.</summary>
    public DateTimeOffset Opened { get; } = DateTimeOffset.UtcNow;

    /// <summary>Texts that a request may ask for at most.</summary>
    public int MaxTexts => _limits.MaxRunning + _limits.MaxWaiting;

    /// <summary>Opens a folder.</summary>
    /// <param name="host">The library.</param>
    /// <param name="name">Name of the model.</param>
    /// <param name="opening">Folder, device and format of the weights.</param>
    /// <param name="limits">Limits.</param>
    /// <exception cref="ModelException">The folder is not a model folder, or the server has no endpoint for the model.</exception>
    public static async Task<ServedModel> OpenAsync(TenonHost host, string name, ModelOpening opening, ServingLimits limits)
    {
        ModelThread thread = await host.OpenAsync(
            opening.Folder, opening.Device, opening.DeviceSettings, weights: opening.HasAdapters ? null : opening.Weights)
            .ConfigureAwait(false);
        return await OfAsync(host, name, opening.Folder, thread, limits, Draft(host, opening), opened =>
        {
            // The model then has its parameters as well.
            if (opening is { HasAdapters: true, Weights: not (null or GenerationWeights.Auto) })
                GenerationWeights.Apply(opened, opening.Weights);
        }).ConfigureAwait(false);
    }

    /// <summary>Opens an adapter that shares this model in memory. It is disposed before this model.</summary>
    /// <param name="host">The library.</param>
    /// <param name="name">Name of the model with the adapter.</param>
    /// <param name="adapter">The adapter.</param>
    /// <exception cref="ModelException">The folder is not an adapter, or the adapter cannot share this model.</exception>
    public async Task<ServedModel> OpenAdapterAsync(TenonHost host, string name, AdapterChoice adapter) => await OfAsync(
        host, name, adapter.Folder, await _thread.OpenAdapterAsync(host, adapter).ConfigureAwait(false), _limits).ConfigureAwait(false);

    private static async Task<ServedModel> OfAsync(
        TenonHost host, string name, string folder, ModelThread thread, ServingLimits limits, DraftOpening? draft = null,
        Action<OpenedModel>? prepare = null)
    {
        try
        {
            ModelTraits traits = await thread.InvokeAsync(opened =>
            {
                prepare?.Invoke(opened);
                return ModelTraits.Of(opened);
            }).ConfigureAwait(false);
            if (traits.Tasks.Count == 0)
            {
                throw new ModelException($"'{folder}' contains {traits.Description}, for which the server has no endpoint. " +
                    "It serves models that generate, embed or classify text, fill in masked words, or sample images.");
            }

            GenerationEngine? engine = traits.Generates
                ? await thread.NewEngineAsync(limits, draft).ConfigureAwait(false) : null;
            return new ServedModel(name, thread, limits, traits, engine) { Sampler = traits.Draws ? host.Sampler() : null };
        }
        catch
        {
            await thread.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Performs work that is not generated text, between two tokens of the texts.</summary>
    /// <param name="work">The work.</param>
    /// <param name="stop">Cancels it.</param>
    /// <exception cref="QueueFullException">Too many requests wait.</exception>
    /// <exception cref="TimeoutException">The time is over.</exception>
    public async Task<T> InvokeAsync<T>(Func<OpenedModel, CancellationToken, T> work, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(_limits.RequestTime);
        try
        {
            if (Interlocked.Increment(ref _calls) > MaxTexts)
                throw new QueueFullException($"The model has {MaxTexts} requests that run or wait. Repeat the request later.");
            return await _thread.InvokeAsync(opened => work(opened, limited.Token), limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException(FormattableString.Invariant(
                $"The request took longer than {_limits.RequestTime.TotalSeconds:0.###} seconds. Send fewer inputs."));
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>Refuses new texts, and waits for those that run.</summary>
    /// <param name="deadline">Time after which they fail.</param>
    public Task StopAsync(TimeSpan deadline) => Engine?.StopAsync(deadline) ?? Task.CompletedTask;

    /// <summary>Cancels the texts that run and frees the model.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        await _thread.DisposeAsync().ConfigureAwait(false);
    }

    private static DraftOpening? Draft(TenonHost host, ModelOpening opening) => opening.Draft is not { } folder ? null : new DraftOpening(
        () => host.Open(folder, opening.Device, opening.DeviceSettings, weights: opening.Weights), opening.DraftTokens);
}

/// <summary>How a model is opened.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Device">Name of the device; null for the first in the catalogue.</param>
/// <param name="DeviceSettings">Options of the device, as on the command line.</param>
/// <param name="Weights">Format of the weights, as in <see cref="TenonHost.Open"/>; null for all parameters.</param>
internal sealed record ModelOpening(
    string Folder, string? Device = null, IReadOnlyList<string>? DeviceSettings = null, string? Weights = null)
{
    /// <summary>Whether adapters are to share the model, which then keeps all its parameters.</summary>
    public bool HasAdapters { get; init; }

    /// <summary>Folder of a smaller model that proposes tokens if the model generates text; null for none.</summary>
    public string? Draft { get; init; }

    /// <summary>Number of tokens that it proposes at a time.</summary>
    public int DraftTokens { get; init; } = 4;
}
