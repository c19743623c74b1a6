using Tenon.Layers;

namespace Tenon.TextCnn;

/// <summary>
/// A convolutional language model. Its state consists of the last inputs of each convolution: those that the next token's outputs read.
/// C: channels, P: positions before a convolution's last one.
/// </summary>
public sealed class TcnModel : StatefulLanguageModel
{
    private readonly TcnOptions _options;
    private readonly TcnBlock[] _blocks;
    private readonly LayerNorm _norm;

    internal TcnModel(TcnOptions options, BuildContext context)
        : base(
            nameof(TcnModel),
            new LanguageConfiguration
            {
                VocabularySize = ResolvedOptions.Value(options.VocabularySize),
                ContextLength = options.ContextLength,
                BeginOfText = options.BeginOfText,
                EndOfText = options.EndOfText,
            },
            (options.HiddenSize, options.HiddenSize), options.TieEmbeddings, options.InitializerRange, context)
    {
        _options = options;
        _blocks = [.. Enumerable.Range(0, options.Layers).Select(layer => new TcnBlock(options, dilation: 1 << layer, context))];
        register_module("blocks", torch.nn.ModuleList(_blocks));
        register_module("norm", _norm = new LayerNorm(options.HiddenSize, TcnBlock.NormEpsilon, context));
    }

    /// <summary>Number of tokens that a prediction reads.</summary>
    public long ReceptiveField => 1 + 2L * _blocks.Sum(block => (long)block.Span);

    /// <inheritdoc/>
    protected override (double ForwardFlop, double KeptBytes) NetworkCost
    {
        get
        {
            double channels = _options.HiddenSize;
            // Input and output of the norm, the first convolution's output before and after the rectifier, and the second's input.
            return (2 * 2 * _options.Layers * _options.KernelSize * channels * channels, 4 * 5 * _options.Layers * channels);
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> NewState(long rows) =>
    [
        .. _blocks.SelectMany(block => new[] { block.Span, block.Span }).Select(span => torch.zeros(
            [rows, _options.HiddenSize, span], torch.ScalarType.Float32, TokenEmbeddings.device)),
    ];

    /// <inheritdoc/>
    protected override StatePass Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var convolution = new CausalConvolution(state, lengths);
        Tensor x = Dropout.Apply(Embed(inputIds), _options.Dropout, training); // [B, T] -> [B, T, C]
        foreach (TcnBlock block in _blocks)
            x = HiddenState.Next(x, block.Forward(x, convolution), keepsStates: false);
        return new StatePass(_norm.call(x), convolution.State).MoveToOuterDisposeScope();
    }
}
