using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>What one forward pass takes besides token ids.</summary>
internal sealed record GptPass
{
    /// <summary>int64 [B, cached + T], 1 where a token counts; null: all do.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>
    /// Whether the positions of tokens count only those before them that the mask keeps (for padding on the left), or
    /// all, as transformers does when it is given no positions.
    /// </summary>
    public bool PositionsSkipPadding { get; init; } = true;

    /// <summary>int64 [B, T]: positions of the tokens; null: they are counted.</summary>
    public Tensor? PositionIds { get; init; }

    /// <summary>int64 [B, T]: the sequences that tokens of packed rows belong to; null: each row is one.</summary>
    public Tensor? SequenceIds { get; init; }

    /// <summary>Virtual tokens, or null.</summary>
    public Prompt? Prompt { get; init; }

    /// <summary>Past keys and values, extended by this pass; or null.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>Receives the hidden state before each block and the final one; or null.</summary>
    public List<Tensor>? HiddenStates { get; init; }
}

/// <summary>
/// The network up to the last layer norm. B: batch, V: virtual tokens of this pass, T: tokens of this pass, N = V + T,
/// E: hidden size, H: heads, D: head size.
/// </summary>
internal sealed class GptTransformer : NamedModule
{
    private readonly GptOptions _options;
    private readonly Autocast _autocast;
    private readonly Embedding _wte;
    private readonly Embedding _wpe;
    private readonly GptBlock[] _blocks;
    private readonly LayerNorm _finalNorm;

    public GptTransformer(GptOptions options, BuildContext context) : base(nameof(GptTransformer))
    {
        _options = options;
        // A type of its own, because float32 attention inside a bfloat16 run is what the option asks for.
        _autocast = options.UpcastAttention ? new Autocast() : context.Autocast;
        int hidden = options.HiddenSize!.Value;
        register_module("wte", _wte = new Embedding(options.VocabularySize!.Value, hidden, context));
        register_module("wpe", _wpe = new Embedding(options.ContextLength!.Value, hidden, context));
        _blocks = [.. Enumerable.Range(0, options.Layers!.Value).Select(layer => new GptBlock(options, layer, context, _autocast))];
        register_module("h", torch.nn.ModuleList(_blocks));
        register_module("ln_f", _finalNorm = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        Initialization.Normal(_wte.Weight, options.InitializerRange);
        Initialization.Normal(_wpe.Weight, options.InitializerRange);
    }

    /// <summary>float32 [vocabulary, E]: input embedding and output head in one.</summary>
    public Parameter TokenEmbeddings => _wte.Weight;

    /// <summary>The hidden states behind the last layer norm.</summary>
    /// <param name="inputIds">int64 [B, T].</param>
    /// <param name="pass">The rest.</param>
    /// <returns>float32 [B, N, E], virtual tokens first, in the current dispose scope.</returns>
    public Tensor Forward(Tensor inputIds, GptPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        // A cache that holds tokens holds the prompt already.
        Prompt? prompt = pass.Cache is { Slots: > 0 } ? null : pass.Prompt;
        long prefix = VirtualTokens.Prefixed(prompt);
        long virtualTokens = VirtualTokens.Embedded(prompt);
        long before = prefix + (pass.Cache?.Slots ?? 0); // keys in front of this pass
        long lead = prefix + virtualTokens + (pass.Cache?.VirtualLength ?? 0); // of them and of this pass, the virtual ones
        long tokens = inputIds.size(1);
        CheckLength(before + virtualTokens + tokens, lead, pass);

        Tensor x = _wte.call(inputIds); // [B, T] -> [B, T, E]
        if (virtualTokens > 0)
            x = VirtualTokens.Embed(prompt!.Embeddings!, x); // -> [B, N, E]
        x = x + _wpe.call(Positions(pass, before, lead, virtualTokens, tokens, inputIds.device));
        x = Dropout.Apply(x, _options.EmbeddingDropout, training);

        long queries = virtualTokens + tokens;
        Tensor? keyMask = VirtualTokens.Widen(pass.AttentionMask, lead);
        // In torch's kernel, nothing but "look back" needs no mask in memory.
        bool maskless = before == 0 && keyMask is null && pass.SequenceIds is null && !Attention.IsPlain(_autocast, x.device_type, queries, queries);
        Tensor? scores = maskless
            ? null
            : AttentionMask.Create(queries, before + queries, causal: true, keyMask, _autocast.Type, x.device, pass.SequenceIds);

        foreach ((int layer, GptBlock block) in _blocks.Index())
        {
            pass.HiddenStates?.Add(x);
            bool causal = maskless && queries > 1;
            Tensor? keyValues = VirtualTokens.Prefix(prompt, layer);
            x = _options.ActivationCheckpointing && pass.Cache is null
                ? ActivationCheckpointing.Apply(given => block.Forward(given[0]!, given[1], causal, given[2], null), x, scores, keyValues)
                : block.Forward(x, scores, causal, keyValues, pass.Cache);
        }

        pass.Cache?.Advance((int)(prefix + virtualTokens), (int)tokens);
        x = _finalNorm.call(x);
        pass.HiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        pass.HiddenStates?.Add(x);
        return x.MoveToOuterDisposeScope();
    }

    // Virtual tokens take the first positions, so that a prefix moves the text as a cache of that length would.
    private static Tensor Positions(GptPass pass, long before, long lead, long virtualTokens, long tokens, torch.Device device)
    {
        if (pass.PositionIds is null && (pass.AttentionMask is null || !pass.PositionsSkipPadding))
            return torch.arange(before, before + virtualTokens + tokens, torch.ScalarType.Int64, device); // [N]
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor counted = (pass.PositionIds ?? Counted(pass.AttentionMask!, tokens)) + lead; // [B, T]
        if (virtualTokens > 0)
        {
            Tensor front = torch.arange(before, before + virtualTokens, torch.ScalarType.Int64, device);
            counted = torch.cat([front.unsqueeze(0).expand(counted.size(0), -1), counted], 1); // [B, N]
        }

        return counted.MoveToOuterDisposeScope();
    }

    // Of the last tokens, how many that count stand before each: [B, keys] -> [B, T]
    private static Tensor Counted(Tensor mask, long tokens) =>
        (mask.cumsum(1) - 1).clamp(min: 0).narrow(1, mask.size(1) - tokens, tokens);

    private void CheckLength(long keys, long lead, GptPass pass)
    {
        if (keys > _options.ContextLength)
        {
            throw new ModelException(
                $"The input has {keys} tokens{(lead > 0 ? $", {lead} virtual ones among them" : "")}, but the context length is {_options.ContextLength}. Shorten the input.");
        }

        if (pass.AttentionMask is { } mask && mask.size(1) != keys - lead)
            throw new ModelException($"'attention_mask' has {mask.size(1)} columns, but there are {keys - lead} tokens, those in the cache included.");
        if (pass.Cache is { } cache && (keys - lead > cache.Capacity || lead > cache.VirtualCapacity))
        {
            throw new ModelException(
                $"The key/value cache holds {cache.Capacity} tokens and {cache.VirtualCapacity} virtual ones; {keys - lead} and {lead} are too many. " +
                "Make it larger, and set the prompt before making it.");
        }
    }
}

/// <summary>One layer: attention and feed-forward network, each behind a layer norm and added to the residual stream.</summary>
internal sealed class GptBlock : NamedModule
{
    private readonly LayerNorm _norm1;
    private readonly GptAttention _attention;
    private readonly LayerNorm _norm2;
    private readonly FeedForward _feedForward;
    private readonly PreNormStep _step;

    public GptBlock(GptOptions options, int layer, BuildContext context, Autocast attentionType) : base(nameof(GptBlock))
    {
        int hidden = options.HiddenSize!.Value;
        int wide = options.FeedForwardSize!.Value;
        var up = new Conv1D(hidden, wide, context);
        var down = new Conv1D(wide, hidden, context);
        register_module("ln_1", _norm1 = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("attn", _attention = new GptAttention(options, layer, context, attentionType));
        register_module("ln_2", _norm2 = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        register_module("mlp", _feedForward = new FeedForward(
            "c_fc", up, Activations.Find(options.Activation, "activation"), "c_proj", down, options.Dropout));
        _step = new PreNormStep(_norm1, _attention.QueryKeyValue, _attention.Output, _norm2, _feedForward);
        Initialization.Normal(up.Weight, options.InitializerRange);
        Initialization.Normal(down.Weight, Initialization.ResidualStd(options.InitializerRange, options.Layers!.Value));
    }

    public Tensor Forward(Tensor x, Tensor? scores, bool causal, Tensor? prefix, KeyValueCache? cache)
    {
        if (cache is not null && prefix is null && !training && _step.Apply(x, cache, _attention.Layer, scores, _attention.Scale) is { } stepped)
            return stepped;
        using DisposeScope scope = torch.NewDisposeScope();
        x = x + _attention.Forward(_norm1.call(x), scores, causal, prefix, cache);
        return (x + _feedForward.call(_norm2.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head attention to the tokens before.</summary>
internal sealed class GptAttention : NamedModule
{
    private readonly int _heads;
    private readonly double _weightDropout;
    private readonly double _outputDropout;
    private readonly Autocast _autocast;

    public GptAttention(GptOptions options, int layer, BuildContext context, Autocast autocast) : base(nameof(GptAttention))
    {
        int hidden = options.HiddenSize!.Value;
        Layer = layer;
        _heads = options.Heads!.Value;
        Scale = (options.ScaleAttention ? 1 / Math.Sqrt((double)hidden / _heads) : 1) / (options.ScaleAttentionByInverseLayer ? layer + 1 : 1);
        _weightDropout = options.AttentionDropout;
        _outputDropout = options.Dropout;
        _autocast = autocast;
        register_module("c_attn", QueryKeyValue = new Conv1D(hidden, 3 * hidden, context));
        register_module("c_proj", Output = new Conv1D(hidden, hidden, context));
        Initialization.Normal(QueryKeyValue.Weight, options.InitializerRange);
        Initialization.Normal(Output.Weight, Initialization.ResidualStd(options.InitializerRange, options.Layers!.Value));
    }

    /// <summary>[E] -> [3E].</summary>
    public Conv1D QueryKeyValue { get; }

    /// <summary>[E] -> [E].</summary>
    public Conv1D Output { get; }

    /// <summary>Number of the layer, from 0.</summary>
    public int Layer { get; }

    /// <summary>What scores are multiplied with.</summary>
    public double Scale { get; }

    public Tensor Forward(Tensor x, Tensor? scores, bool causal, Tensor? prefix, KeyValueCache? cache)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor joined = QueryKeyValue.call(x); // [B, N, E] -> [B, N, 3E]
        Tensor seen = (prefix is null && !training ? cache?.Attend(Layer, joined, scores, Scale) : null) ?? Seen(joined, scores, causal, prefix, cache);
        Tensor output = Output.call(seen);
        return Dropout.Apply(output, _outputDropout, training).MoveToOuterDisposeScope();
    }

    // [B, N, 3E] -> [B, N, E]
    private Tensor Seen(Tensor joined, Tensor? scores, bool causal, Tensor? prefix, KeyValueCache? cache)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] parts = joined.chunk(3, -1); // three of [B, N, E]
        Tensor query = MultiHead.Split(parts[0], _heads); // [B, N, E] -> [B, H, N, D]
        Tensor key = MultiHead.Split(parts[1], _heads);
        Tensor value = MultiHead.Split(parts[2], _heads);
        if (prefix is not null)
        {
            key = VirtualTokens.Prepend(prefix[0], key); // -> [B, H, prefix + N, D]
            value = VirtualTokens.Prepend(prefix[1], value);
        }

        if (cache is not null)
            (key, value) = cache.Extend(Layer, key, value); // -> [B, H, past + N, D]

        Tensor seen = Attention.Apply(query, key, value, _autocast, scores, causal, Scale, training ? _weightDropout : 0);
        return MultiHead.Merge(seen).MoveToOuterDisposeScope(); // [B, H, N, D] -> [B, N, E]
    }
}
