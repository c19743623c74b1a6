using Tenon.Host.Artifacts;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

namespace Tenon.Host;

/// <summary>Operations on an opened model.</summary>
public static class OpenedModelExtensions
{
    /// <summary>Continues prompts with a language model, in batches of similar length.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="prompts">At least one. An empty prompt starts from the end-of-text token.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="onText">Receives the index of the prompt and each piece of text as it is generated, or null.</param>
    /// <param name="stop">Cancels generation after the current token.</param>
    /// <returns>One continuation per prompt, in order.</returns>
    /// <exception cref="ModelException">
    /// The model is not a causal language model, has no tokenizer, or a prompt exceeds its context length.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IReadOnlyList<Continuation> Generate(
        this OpenedModel opened, IReadOnlyList<string> prompts, SamplingOptions? sampling = null, ulong seed = 1,
        Action<int, string>? onText = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        sampling ??= new SamplingOptions();
        return new TextGenerator().Generate(
            opened.As<ICausalLanguageModel>("generate"), opened.NeededTokenizer, prompts,
            sampling with { EndOfText = [.. sampling.EndOfText ?? [], .. opened.EndOfText] }, new SeededRandom(seed), onText, stop);
    }

    /// <summary>Embeds texts or images.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="inputs">Texts or paths of image files, depending on the model.</param>
    /// <param name="pooling">How vectors are computed; null for the folder's setting, if any, otherwise the architecture's.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    /// <returns>One vector per input, in order, computed batch by batch during enumeration.</returns>
    /// <exception cref="ModelException">
    /// The model has no embeddings, accepts neither texts nor images, or the folder's pooling is not supported.
    /// </exception>
    /// <exception cref="DataException">A file is not an image.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IEnumerable<float[]> Embed(
        this OpenedModel opened, IReadOnlyList<string> inputs, Pooling? pooling = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(inputs);
        IEmbedder model = opened.As<IEmbedder>("embed");
        Pooling chosen = pooling ?? opened.FolderPooling() ?? new Pooling();
        return opened.Rows([.. inputs], batch => chosen.Apply(model, batch), chosen.Size(model), stop, Sentences(opened)?.MaximumTokens);
    }

    /// <summary>
    /// Returns the pooling that the folder sets for embeddings (<c>1_Pooling/config.json</c>); null if it does not set any.
    /// </summary>
    /// <param name="opened">The model.</param>
    /// <exception cref="ModelException">The folder's settings are malformed or not supported.</exception>
    public static Pooling? FolderPooling(this OpenedModel opened)
    {
        ArgumentNullException.ThrowIfNull(opened);
        return Sentences(opened)?.Pooling;
    }

    /// <summary>
    /// Returns the files of a folder that contains the model with its adapters merged, and its folder's settings for embeddings.
    /// </summary>
    /// <param name="opened">The model.</param>
    /// <exception cref="ModelException">The folder's settings are malformed.</exception>
    internal static ModelLayout Layout(this OpenedModel opened) =>
        new(opened.Describe(), opened.Architecture.WeightsFile) { SentenceFiles = Sentences(opened)?.Files ?? new Dictionary<string, string>() };

    private static SentenceFolder? Sentences(OpenedModel opened) => SentenceFolder.Find(opened.Folders);
}
