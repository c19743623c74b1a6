using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>The inputs of one forward pass other than token ids.</summary>
internal sealed record BertPass
{
    /// <summary>int64 [B, T], 1 where a token counts, or null if all tokens count.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>int64 [B, T], the segment of each token, or null if all tokens are in the first.</summary>
    public Tensor? TokenTypeIds { get; init; }

    /// <summary>Virtual tokens, or null.</summary>
    public Prompt? Prompt { get; init; }

    /// <summary>Receives the embeddings and the output of each layer; or null.</summary>
    public List<Tensor>? HiddenStates { get; init; }
}

/// <summary>
/// The encoder. B: batch, V: virtual tokens in the input, T: tokens, N = V + T, P: virtual tokens that are keys and
/// values, E: hidden size, H: heads, D: head size.
/// </summary>
internal sealed class BertEncoder : NamedModule
{
    private readonly int _contextLength;
    private readonly bool _checkpointing;
    private readonly Autocast _autocast;
    private readonly BertEmbeddings _embeddings;
    private readonly BertLayer[] _layers;
    private readonly Linear? _pooler;

    public BertEncoder(BertSizes sizes, BertOptions options, BuildContext context) : base(nameof(BertEncoder))
    {
        _contextLength = sizes.ContextLength;
        _checkpointing = options.ActivationCheckpointing;
        _autocast = context.Autocast;
        _layers = [.. Enumerable.Range(0, sizes.Layers).Select(_ => new BertLayer(sizes, options, context))];
        register_module("embeddings", _embeddings = new BertEmbeddings(sizes, options, context));
        register_module("encoder", new NameScope(("layer", torch.nn.ModuleList(_layers))));
        if (!BertHeads.HasPooler(sizes.Head))
            return;
        int hidden = sizes.HiddenSize;
        _pooler = new Linear(hidden, hidden, context);
        register_module("pooler", new NameScope(("dense", _pooler)));
        Initialization.Normal(_pooler.Weight, options.InitializerRange);
    }

    /// <summary>float32 [vocabulary, E]: input embedding, and decoder of the masked-language head.</summary>
    public Parameter WordEmbeddings => _embeddings.Words;

    /// <summary>The hidden states after the last layer.</summary>
    /// <param name="inputIds">int64 [B, T].</param>
    /// <param name="pass">The other inputs.</param>
    /// <returns>float32 [B, N, E], virtual tokens first, in the current dispose scope.</returns>
    public Tensor Forward(Tensor inputIds, BertPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long lead = VirtualTokens.Count(pass.Prompt);
        CheckLength(inputIds, lead, pass);

        Tensor x = _embeddings.Forward(inputIds, pass); // [B, T] -> [B, N, E]
        pass.HiddenStates?.Add(x);
        Tensor? mask = AttentionMask.Create(
            // [B, 1, 1, P + N]
            x.size(1), lead + inputIds.size(1), causal: false, VirtualTokens.Widen(pass.AttentionMask, lead), _autocast.Type, x.device);
        foreach ((int index, BertLayer layer) in _layers.Index())
        {
            Tensor? prefix = VirtualTokens.Prefix(pass.Prompt, index);
            Tensor output = _checkpointing
                ? ActivationCheckpointing.Apply(given => layer.Forward(given[0]!, given[1], given[2]), x, mask, prefix)
                : layer.Forward(x, mask, prefix);
            x = HiddenState.Next(x, output, keepsStates: pass.HiddenStates is not null);
            pass.HiddenStates?.Add(x);
        }

        // The last state is the result and must be moved only once.
        foreach (Tensor state in pass.HiddenStates?.SkipLast(1) ?? [])
            state.MoveToOuterDisposeScope();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Pools each sequence to one vector: a linear map and tanh of its first position.</summary>
    /// <param name="hidden">[B, N, E].</param>
    /// <returns>float32 [B, E] in the current dispose scope.</returns>
    public Tensor Pool(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _pooler!.call(hidden.select(1, 0)).to(torch.ScalarType.Float32).tanh().MoveToOuterDisposeScope();
    }

    private void CheckLength(Tensor inputIds, long lead, BertPass pass)
    {
        long tokens = inputIds.size(1);
        if (lead + tokens > _contextLength)
        {
            throw new ModelException(
                $"The input has {tokens} tokens{(lead > 0 ? $" and {lead} virtual ones" : "")}, but the context length is " +
                $"{_contextLength}. Shorten the input.");
        }

        foreach ((string name, Tensor? tensor) in new[] { (BatchNames.AttentionMask, pass.AttentionMask),
            (BatchNames.TokenTypeIds, pass.TokenTypeIds) })
        {
            if (tensor is not null && !tensor.shape.SequenceEqual(inputIds.shape))
            {
                throw new ModelException(
                    $"'{name}' has the shape [{string.Join(", ", tensor.shape)}], but 'input_ids' has " +
                    $"[{string.Join(", ", inputIds.shape)}]. They must be equal.");
            }
        }
    }
}

/// <summary>The normalized sum of the embeddings of words, positions and segments.</summary>
internal sealed class BertEmbeddings : NamedModule
{
    private readonly double _dropout;
    private readonly Embedding _words;
    private readonly Embedding _positions;
    private readonly Embedding _types;
    private readonly LayerNorm _norm;

    public BertEmbeddings(BertSizes sizes, BertOptions options, BuildContext context) : base(nameof(BertEmbeddings))
    {
        int hidden = sizes.HiddenSize;
        _dropout = options.Dropout;
        register_module("word_embeddings", _words = new Embedding(sizes.VocabularySize, hidden, context) { IsDivided = true });
        register_module("position_embeddings", _positions = new Embedding(sizes.ContextLength, hidden, context));
        register_module("token_type_embeddings", _types = new Embedding(options.TypeVocabularySize, hidden, context));
        register_module("LayerNorm", _norm = new LayerNorm(hidden, options.LayerNormEpsilon, context));
        foreach (Embedding table in new[] { _words, _positions, _types })
            Initialization.Normal(table.Weight, options.InitializerRange);
        // Twice the scale of the word embeddings, so that nearby positions attend to each other regardless of their tokens.
        if (options.Initialization == BertInitialization.Mimetic)
            Initialization.Sinusoids(_positions.Weight, 2 * options.InitializerRange);
    }

    public Parameter Words => _words.Weight;

    public Tensor Forward(Tensor inputIds, BertPass pass)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = _words.call(inputIds); // [B, T] -> [B, T, E]
        Tensor types = pass.TokenTypeIds ?? torch.zeros_like(inputIds);
        int embedded = VirtualTokens.Embedded(pass.Prompt);
        if (embedded > 0)
        {
            // Virtual tokens belong to the first segment, as in PEFT.
            x = VirtualTokens.Embed(pass.Prompt!.Embeddings!, x); // -> [B, N, E]
            types = torch.cat([torch.zeros([types.size(0), embedded], types.dtype, types.device), types], 1);
        }

        // Keys and values of virtual tokens come first and take up the first positions.
        long first = VirtualTokens.Prefixed(pass.Prompt);
        Tensor positions = torch.arange(first, first + x.size(1), torch.ScalarType.Int64, x.device); // [N]
        x = x + _positions.call(positions) + _types.call(types);
        return Dropout.Apply(_norm.call(x), _dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>One layer: attention and feed-forward network, each added to its input and then normalized.</summary>
internal sealed class BertLayer : NamedModule
{
    private readonly SelfAttention _attention;
    private readonly BertAddAndNorm _attentionOutput;
    private readonly Linear _intermediate;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly BertAddAndNorm _output;

    public BertLayer(BertSizes sizes, BertOptions options, BuildContext context) : base(nameof(BertLayer))
    {
        int hidden = sizes.HiddenSize;
        int wide = sizes.FeedForwardSize;
        _attention = new SelfAttention(hidden, sizes.Heads, context, bias: true, options.InitializerRange, options.AttentionDropout);
        _attentionOutput = new BertAddAndNorm(hidden, sizes, options, context);
        _intermediate = new Linear(hidden, wide, context) { Division = LayerDivision.Outputs };
        _activation = Activations.Find(options.Activation, "activation");
        _output = new BertAddAndNorm(wide, sizes, options, context);
        register_module("attention", new NameScope(("self", _attention), ("output", _attentionOutput)));
        register_module("intermediate", new NameScope(("dense", _intermediate)));
        register_module("output", _output);
        Initialization.Normal(_intermediate.Weight, options.InitializerRange);
        if (options.Initialization != BertInitialization.Mimetic)
            return;
        _attention.InitializeMimetic();
        _attentionOutput.Initialize(1 / Math.Sqrt(hidden));
    }

    public Tensor Forward(Tensor x, Tensor? mask, Tensor? prefix)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        x = _attentionOutput.Forward(_attention.Forward(x, mask, prefix), x);
        Tensor wide = Widen(x); // [B, N, E] -> [B, N, F]
        return _output.Forward(wide, x).MoveToOuterDisposeScope(); // [B, N, F] -> [B, N, E]
    }

    // In a separate scope, because the activation's input is one of the two largest tensors of the layer.
    private Tensor Widen(Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _activation(_intermediate.call(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>A projection back to the hidden size, dropout, the residual connection and its norm.</summary>
internal sealed class BertAddAndNorm : NamedModule
{
    private readonly double _dropout;
    private readonly Linear _dense;
    private readonly LayerNorm _norm;

    public BertAddAndNorm(long inFeatures, BertSizes sizes, BertOptions options, BuildContext context) : base(nameof(BertAddAndNorm))
    {
        _dropout = options.Dropout;
        register_module("dense", _dense = new Linear(inFeatures, sizes.HiddenSize, context)
        {
            Division = LayerDivision.Inputs,
        });
        register_module("LayerNorm", _norm = new LayerNorm(sizes.HiddenSize, options.LayerNormEpsilon, context));
        Initialize(options.InitializerRange);
    }

    /// <summary>Draws the map's weight from N(0, std²).</summary>
    public void Initialize(double std) => Initialization.Normal(_dense.Weight, std);

    public Tensor Forward(Tensor x, Tensor residual)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _norm.call(Dropout.Apply(_dense.call(x), _dropout, training) + residual).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The masked-language head: a linear map, activation and norm, then a decoder. Its weight is usually the word embedding, and then
/// only its bias is stored here.
/// </summary>
internal sealed class BertPredictions : NamedModule
{
    /// <summary>transformers' name for the decoder.</summary>
    public const string DecoderName = "decoder";

    private readonly Linear _dense;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly LayerNorm _norm;

    public BertPredictions(BertSizes sizes, BertOptions options, BuildContext context) : base(nameof(BertPredictions))
    {
        int hidden = sizes.HiddenSize;
        _dense = new Linear(hidden, hidden, context);
        _activation = Activations.Find(options.Activation, "activation");
        _norm = new LayerNorm(hidden, options.LayerNormEpsilon, context);
        register_module("transform", new NameScope(("dense", _dense), ("LayerNorm", _norm)));
        register_parameter("bias", new Parameter(torch.zeros([sizes.VocabularySize], torch.ScalarType.Float32, context.Device)));
        Initialization.Normal(_dense.Weight, options.InitializerRange);
    }

    /// <summary>[E] -> [vocabulary], without its bias; null if the word embedding is the decoder.</summary>
    public Linear? Decoder { get; private set; }

    /// <summary>Takes ownership of a decoder.</summary>
    public void Add(Linear decoder) => register_module(DecoderName, Decoder = decoder);

    /// <summary>float32 [vocabulary]: the decoder's bias.</summary>
    public Parameter Bias => get_parameter("bias")!;

    /// <summary>The decoder's input: [..., E] -> float32 [..., E].</summary>
    public Tensor Transform(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _norm.call(_activation(_dense.call(hidden))).MoveToOuterDisposeScope();
    }
}
