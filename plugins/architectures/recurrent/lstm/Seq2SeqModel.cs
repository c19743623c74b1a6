using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// A recurrent encoder-decoder. The encoder reads the source in both directions; its last states, mapped to the decoder's size, are the
/// decoder's first. With attention, each output of the decoder is combined with the source vectors that it attends to.
/// S: source tokens, T: target tokens, L: layers, H: size of the state.
/// </summary>
public sealed class Seq2SeqModel : StatefulEncoderDecoder
{
    private readonly RecurrentSizes _encoderSizes;
    private readonly RecurrentSizes _decoderSizes;
    private readonly RecurrentLayers _encoder;
    private readonly RecurrentLayers _decoder;
    private readonly Linear _bridgeHidden;
    private readonly Linear _bridgeCell;
    private readonly AdditiveAttention? _attention;
    private readonly double _dropout;

    private Seq2SeqModel(Seq2SeqOptions options, RecurrentSizes decoder, BuildContext context)
        : base(
            nameof(Seq2SeqModel), Configuration(options), (decoder.EmbeddingSize, decoder.OutputSize), options.TieEmbeddings,
            options.InitializerRange, context)
    {
        (_encoderSizes, _decoderSizes, _dropout) = (decoder with { Directions = 2 }, decoder, options.Dropout);
        register_module("encoder", (_encoder = new RecurrentLayers(_encoderSizes, options.Dropout, context)).Module);
        register_module("decoder", (_decoder = new RecurrentLayers(_decoderSizes, options.Dropout, context)).Module);
        register_module("bridge_hidden", _bridgeHidden = NewBridge());
        register_module("bridge_cell", _bridgeCell = NewBridge());
        if (options.Attention)
            register_module("attention", _attention = new AdditiveAttention(decoder.HiddenSize, _encoderSizes.OutputSize, context));

        Linear NewBridge()
        {
            var map = new Linear(_encoderSizes.OutputSize, decoder.HiddenSize, context);
            Initialization.Normal(map.Weight, 1 / Math.Sqrt(_encoderSizes.OutputSize));
            return map;
        }
    }

    internal Seq2SeqModel(Seq2SeqOptions options, BuildContext context)
        : this(options, RecurrentSizes.Of(options, RecurrentCell.Lstm), context)
    {
    }

    /// <inheritdoc/>
    public override void train(bool train = true)
    {
        base.train(train);
        _encoder.FollowMode();
        _decoder.FollowMode();
    }

    /// <inheritdoc/>
    protected override (double ForwardFlop, double KeptBytes) NetworkCost
    {
        get
        {
            (double flop, double kept) = _attention?.Cost(SourceLength) ?? (0, 0);
            return (_encoderSizes.ForwardFlop + _decoderSizes.ForwardFlop + flop, _encoderSizes.KeptBytes + _decoderSizes.KeptBytes + kept);
        }
    }

    // The decoder's states after the last token and before the first, and with attention keys, values and mask of the source.
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Encode(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[]? lengths = attentionMask is null ? null : [.. attentionMask.sum(1L).cpu().data<long>()];
        Tensor x = Dropout.Apply(Embed(inputIds), _dropout, training); // [B, S] -> [B, S, E]
        StatePass pass = _encoder.Read(x, _encoder.NewState(inputIds.size(0), inputIds.device), lengths);
        Tensor hidden = _bridgeHidden.call(Merged(pass.State[0])).to(torch.ScalarType.Float32).tanh(); // [B, L, H]
        Tensor cell = _bridgeCell.call(Merged(pass.State[1])).to(torch.ScalarType.Float32);
        List<Tensor> state = [hidden, cell, hidden.clone(), cell.clone()]; // rows of a cache change in place
        if (_attention is not null)
            state.AddRange([_attention.Keys(pass.Output), pass.Output, (attentionMask ?? torch.ones_like(inputIds)).to(hidden.dtype)]);
        state.ForEach(tensor => tensor.MoveToOuterDisposeScope());
        return state;

        // [B, L·2, H] -> [B, L, 2·H]: both directions of a layer.
        Tensor Merged(Tensor both) => both.reshape(both.size(0), _decoderSizes.Layers, 2 * _decoderSizes.HiddenSize);
    }

    /// <inheritdoc/>
    protected override StatePass Read(Tensor inputIds, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths)
    {
        ArgumentNullException.ThrowIfNull(state);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = Dropout.Apply(Embed(inputIds), _dropout, training); // [B, T] -> [B, T, E]
        StatePass pass = _decoder.Read(x, [state[0], state[1]], lengths);
        Tensor output = _attention?.Combine(pass.Output, state[4], state[5], state[6]) ?? pass.Output; // [B, T, H]
        return new StatePass(
            Dropout.Apply(output, _dropout, training), [.. pass.State, .. state.Skip(2).Select(tensor => tensor.alias())])
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Restart(IReadOnlyList<Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return [state[2].alias(), state[3].alias(), .. state.Skip(2).Select(tensor => tensor.alias())];
    }

    private static SequenceToSequenceConfiguration Configuration(Seq2SeqOptions options)
    {
        int context = ResolvedOptions.Value(options.ContextLength);
        return new SequenceToSequenceConfiguration(new LanguageConfiguration
        {
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            ContextLength = context,
            EndOfText = options.EndOfText,
            DividesBatches = !RecurrentLayers.DropOutputs(options),
        })
        {
            SourceLength = context,
            DecoderStart = ResolvedOptions.Value(options.DecoderStart),
            PadToken = ResolvedOptions.Value(options.PadToken),
            LabelSmoothing = options.LabelSmoothing,
        };
    }
}
