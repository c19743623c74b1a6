namespace Tenon.Layers;

/// <summary>
/// The sizes that every transformer has. An architecture derives a record of all its sizes, in which nothing is null, and its
/// networks and models take that instead of the options:
/// <code>
/// internal sealed record GptSizes : TransformerShape
/// {
///     private GptSizes(TransformerShape shape) : base(shape) { }
///
///     public required int ContextLength { get; init; }
///
///     public static GptSizes Of(GptOptions options) =>
///         new(Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize))
///         {
///             ContextLength = ResolvedOptions.Value(options.ContextLength),
///         };
/// }
/// </code>
/// </summary>
/// <param name="Layers">Number of layers, L.</param>
/// <param name="HiddenSize">Size of the hidden state, E; a multiple of the number of heads.</param>
/// <param name="Heads">Attention heads in each layer, H.</param>
/// <param name="FeedForwardSize">Inner size of the feed-forward network, F.</param>
public record TransformerShape(int Layers, int HiddenSize, int Heads, int FeedForwardSize)
{
    // The ratio in Vaswani et al. (2017) and the head size of every published GPT-2, BERT and ViT up to 1,024 hidden units.
    private const int DefaultHeadSize = 64;
    private const int DefaultFeedForwardRatio = 4;

    /// <summary>A published size whose feed-forward network is four times as wide as the hidden state.</summary>
    /// <param name="layers">Number of layers.</param>
    /// <param name="hiddenSize">Size of the hidden state.</param>
    /// <param name="heads">Attention heads in each layer.</param>
    public TransformerShape(int layers, int hiddenSize, int heads)
        : this(layers, hiddenSize, heads, DefaultFeedForwardRatio * hiddenSize) { }

    /// <summary>Size of one attention head, D.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>The sizes of a prompt with a prefix for each layer.</summary>
    public PromptShape PromptShape => new(Layers, Heads, HeadSize, HiddenSize);

    /// <summary>The sizes that several processes divide, by option (<see cref="IDividesLayers.DividedSizes"/>).</summary>
    public IReadOnlyDictionary<string, long> DividedSizes =>
        new Dictionary<string, long> { ["heads"] = Heads, ["feedForwardSize"] = FeedForwardSize };

    /// <summary>The cost of the layers for one position.</summary>
    /// <param name="positions">Number of positions that attention reads.</param>
    public TransformerCost Cost(double positions) => new(Layers, HiddenSize, FeedForwardSize, Heads, positions);

    /// <summary>
    /// This preset, with the options of a recipe replacing its sizes. If only a different hidden size is set, there is one head
    /// per 64 of it, and the feed-forward network is four times as wide.
    /// </summary>
    /// <param name="layers">The option, or null if it is not set.</param>
    /// <param name="hiddenSize">The option, or null if it is not set.</param>
    /// <param name="heads">The option, or null if it is not set.</param>
    /// <param name="feedForwardSize">The option, or null if it is not set.</param>
    /// <exception cref="ModelException">The heads do not divide the hidden size.</exception>
    public TransformerShape With(int? layers, int? hiddenSize, int? heads, int? feedForwardSize)
    {
        int hidden = hiddenSize ?? HiddenSize;
        bool own = hidden != HiddenSize;
        int divisor = heads ?? (own ? Math.Max(1, hidden / DefaultHeadSize) : Heads);
        if (hidden % divisor != 0)
        {
            throw new ModelException(
                $"'hiddenSize' is {hidden}, which is not divisible by {divisor} heads. " +
                $"Set 'heads' to a divisor of it, or 'hiddenSize' to a multiple of {divisor}.");
        }

        return new TransformerShape(
            layers ?? Layers, hidden, divisor, feedForwardSize ?? (own ? DefaultFeedForwardRatio * hidden : FeedForwardSize));
    }

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="layers">The option.</param>
    /// <param name="hiddenSize">The option.</param>
    /// <param name="heads">The option.</param>
    /// <param name="feedForwardSize">The option.</param>
    /// <exception cref="ModelException">One of them is null.</exception>
    public static TransformerShape Resolved(int? layers, int? hiddenSize, int? heads, int? feedForwardSize) => new(
        ResolvedOptions.Value(layers), ResolvedOptions.Value(hiddenSize),
        ResolvedOptions.Value(heads), ResolvedOptions.Value(feedForwardSize));
}
