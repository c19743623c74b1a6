namespace Tenon.Layers;

/// <content>Packed weights for generation.</content>
public abstract partial class CausalLanguageModel : IPacksWeights
{
    private const string WeightSuffix = ".weight";

    private PackedWeight? _packedHead;
    private Embedding? _packedTokens;

    /// <summary>Packs all linear maps, and the token embedding if it is the head.</summary>
    /// <inheritdoc/>
    public void PackWeights(WeightFormat? format)
    {
        PackedWeight? head = format is { } wanted && _head is null && _packedTokens is null
            ? PackedWeight.Of(TokenEmbeddings, bias: null, wanted)
            : null;
        _packedHead?.Dispose();
        _packedHead = head;
        foreach (Linear map in modules().OfType<Linear>())
            map.Pack(format);
    }

    /// <summary>Accepts the weights of linear maps, and the token embedding if its layer supports packing.</summary>
    /// <inheritdoc/>
    public bool LoadPacked(string name, Func<long, long, Tensor> rows)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rows);
        if (!name.EndsWith(WeightSuffix, StringComparison.Ordinal))
            return false;
        string layer = name[..^WeightSuffix.Length];
        switch (named_modules().FirstOrDefault(each => each.name == layer).module)
        {
            case Linear map:
                return map.LoadPacked(rows);
            case Embedding table when table.LoadPacked(rows):
                if (table.Weight.Handle == TokenEmbeddings.Handle)
                    _packedTokens = table;
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public long WeightBytes => modules().Sum(module => module switch
    {
        Linear map => map.PackedBytes,
        Embedding table => table.PackedBytes,
        _ => 0,
    }) + parameters().Where(parameter => !AbsentWeight.Is(parameter)).Sum(parameter => parameter.numel()) * sizeof(float);

    // The head of a frozen base, whose weight exists only in a packed format.
    private PackedWeight? FrozenHead => _isFrozenBase ? _head is null ? _packedTokens?.Packed : _head.Packed : null;

    // The packed head. In a tied model whose embedding exists only in a packed format, that is the packed embedding.
    private PackedWeight? PackedHead => _packedTokens?.Packed ?? (torch.is_grad_enabled() ? null : _packedHead);
}
