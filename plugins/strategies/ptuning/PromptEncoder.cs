using static TorchSharp.torch.nn;

namespace Tenon.PTuning;

/// <summary>
/// A network that makes virtual tokens depend on each other (Liu et al. 2021, section 3.2): h_i = MLP([→h_i : ←h_i])
/// over a bidirectional LSTM, or just an MLP.
/// </summary>
internal sealed class PromptEncoder : VirtualTokenEncoder
{
    private readonly TorchSharp.Modules.LSTM? _lstm;
    private readonly TorchSharp.Modules.Sequential _mlp;
    private readonly bool _hasDropout;

    /// <summary>Creates the network with torch's default initialization.</summary>
    /// <param name="options">Kind and sizes.</param>
    /// <param name="embeddingSize">The model's embedding size, E.</param>
    public PromptEncoder(PTuningOptions options, long embeddingSize) : base(nameof(PromptEncoder), options.VirtualTokens, embeddingSize)
    {
        _hasDropout = options.EncoderDropout > 0;
        long hidden = options.EncoderHiddenSize ?? embeddingSize;
        if (options.Encoder == "lstm")
        {
            register_module("lstm_head", _lstm = LSTM(
                embeddingSize, hidden, options.EncoderLayers, batchFirst: true, dropout: options.EncoderDropout, bidirectional: true));
            _mlp = Sequential(Linear(2 * hidden, 2 * hidden), ReLU(), Linear(2 * hidden, embeddingSize));
        }
        else
        {
            _mlp = Sequential(Linear(embeddingSize, hidden), ReLU(), Linear(hidden, hidden), ReLU(), Linear(hidden, embeddingSize));
        }

        register_module("mlp_head", _mlp);
    }

    /// <inheritdoc/>
    public override void train(bool train = true)
    {
        base.train(train);
        // cuDNN computes gradients of an LSTM in train mode only, which is equivalent without dropout.
        if (!_hasDropout)
            _lstm?.train();
    }

    /// <inheritdoc/>
    public override Tensor Forward()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = Table;
        if (_lstm is not null)
            x = _lstm.call(Table.unsqueeze(0)).Item1.squeeze(0); // [V, E] -> [1, V, E] -> [V, 2·hidden]
        return _mlp.call(x).MoveToOuterDisposeScope(); // -> [V, E]
    }
}
