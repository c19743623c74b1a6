using static TorchSharp.torch.nn;

namespace Tenon.PTuning;

/// <summary>
/// Keys and values of virtual tokens in every layer (Li and Liang 2021, section 4.2), trained directly or through a
/// two-layer network that stabilizes training (section 4.3).
/// </summary>
internal sealed class PrefixEncoder : VirtualTokenEncoder
{
    private readonly TorchSharp.Modules.Sequential? _transform;

    /// <summary>Creates the encoder.</summary>
    /// <param name="virtualTokens">Number of virtual tokens, V.</param>
    /// <param name="shape">The model's sizes.</param>
    /// <param name="hiddenSize">Hidden size of the network, or null for no network.</param>
    public PrefixEncoder(int virtualTokens, PromptShape shape, long? hiddenSize)
        : base(nameof(PrefixEncoder), virtualTokens, hiddenSize is null ? Size(shape) : TokenSize(shape))
    {
        if (hiddenSize is { } hidden)
            register_module("transform", _transform = Sequential(Linear(TokenSize(shape), hidden), Tanh(), Linear(hidden, Size(shape))));
    }

    /// <summary>Size of the keys, or of the values, of one token in one layer.</summary>
    /// <param name="shape">The model's sizes.</param>
    public static long TokenSize(PromptShape shape) => (long)shape.Heads * shape.HeadSize;

    /// <inheritdoc/>
    public override Tensor Forward() => _transform is null ? Table.alias() : _transform.call(Table);

    /// <inheritdoc/>
    public override Prompt Prompt(Tensor tokens, PromptShape shape)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        // [V, 2·L·H·D] -> [V, L, 2, H, D] -> [L, 2, H, V, D]: in each layer the keys, then the values.
        return new Prompt(KeyValues: tokens.view(tokens.size(0), shape.Layers, 2, shape.Heads, shape.HeadSize)
            .permute(1, 2, 3, 0, 4).MoveToOuterDisposeScope());
    }

    private static long Size(PromptShape shape) => 2 * shape.Layers * TokenSize(shape);
}
