using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Models;

namespace Tenon.Server;

/// <summary>What a model can be used for, and its settings. Read once, so that requests do not depend on the folder.</summary>
internal sealed record ModelTraits
{
    /// <summary>The model in words: <c>a classifier</c>.</summary>
    public required string Description { get; init; }

    /// <summary>Whether the model continues texts.</summary>
    public bool Generates { get; init; }

    /// <summary>Whether the model reads sources with an encoder.</summary>
    public bool HasEncoder { get; init; }

    /// <summary>Whether the model has a chat template.</summary>
    public bool Chats { get; init; }

    /// <summary>What the chat template knows of functions.</summary>
    public ToolTemplate Tools { get; init; } = ToolTemplate.None;

    /// <summary>Whether the model embeds texts.</summary>
    public bool Embeds { get; init; }

    /// <summary>Whether the model classifies texts.</summary>
    public bool Classifies { get; init; }

    /// <summary>Whether the model fills in masked words.</summary>
    public bool Fills { get; init; }

    /// <summary>Whether the model samples images.</summary>
    public bool Draws { get; init; }

    /// <summary>Classes of the images that the model samples; empty if there are none.</summary>
    public IReadOnlyList<string> ImageClasses { get; init; } = [];

    /// <summary>Height and width of the images that the model samples.</summary>
    public (int Height, int Width) ImageSize { get; init; }

    /// <summary>Maximum number of tokens in a text; null if the model does not read tokens.</summary>
    public int? ContextLength { get; init; }

    /// <summary>The model's tokenizer, or null.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Constraints on generated tokens in the model's folder, or null.</summary>
    public TokenConstraints? Constraints { get; init; }

    /// <summary>How texts are embedded; null if the model does not embed texts.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>Names of what the model can be used for, as <c>/v1/models</c> lists them.</summary>
    public IReadOnlyList<string> Tasks =>
    [
        .. Chats ? (string[])["chat"] : [],
        .. Tools.Calls is not null ? (string[])["tools"] : [],
        .. Generates ? (string[])["completion"] : [],
        .. Embeds ? (string[])["embedding"] : [],
        .. Classifies ? (string[])["classification"] : [],
        .. Fills ? (string[])["fill"] : [],
        .. Draws ? (string[])["image"] : [],
    ];

    /// <summary>Reads the traits of a model.</summary>
    /// <param name="opened">The model.</param>
    /// <exception cref="ModelException">A setting of the folder is not supported.</exception>
    public static ModelTraits Of(OpenedModel opened)
    {
        // A request must not name files of the server.
        bool readsText = opened.Model is not ICollate<ImageExample> && opened.Tokenizer is not null;
        bool generates = readsText && Provides<ICausalLanguageModel>(opened);
        var denoiser = Provides<IDenoiser>(opened) ? (IDenoiser)opened.Model : null;
        bool embeds = readsText && Provides<IEmbedder>(opened, needsHead: false);
        return new ModelTraits
        {
            Description = Capability.Describe(opened.Model),
            Generates = generates,
            HasEncoder = opened.Model is IEncoderDecoder,
            Chats = generates && opened.Tokenizer?.ChatTemplate is not null,
            Tools = generates ? ToolTemplate.Of((ICausalLanguageModel)opened.Model, opened.Tokenizer) : ToolTemplate.None,
            Embeds = embeds,
            Classifies = readsText && Provides<IClassifier>(opened) && opened.Model is IClassifier { Labels.Count: >= 2 },
            Fills = readsText && Provides<IMaskedLanguageModel>(opened) && opened.Tokenizer?.Special.Mask is not null,
            Draws = denoiser is not null,
            ImageClasses = denoiser?.Labels ?? [],
            ImageSize = denoiser is { SampleSize: var (_, height, width) } ? (height, width) : default,
            ContextLength = Capability.TokensOf(opened.Model)?.ContextLength,
            Tokenizer = opened.Tokenizer,
            Constraints = generates ? opened.GenerationSettings().Constraints : null,
            Pooling = embeds ? opened.FolderPooling() ?? new Pooling() : null,
        };
    }

    private static bool Provides<TCapability>(OpenedModel opened, bool needsHead = true) where TCapability : class, IModel =>
        opened.Model is TCapability && opened.Model.UnsupportedReason(typeof(TCapability)) is null
        && (!needsHead || opened.MissingWeights.Count == 0);
}
