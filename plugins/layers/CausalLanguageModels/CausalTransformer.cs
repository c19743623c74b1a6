namespace Tenon.Layers;

/// <summary>
/// A decoder-only transformer up to its last normalization. An architecture adds its embedding, blocks and normalization;
/// positions, masks, virtual tokens, key/value cache and activation checkpointing are the same for all and are implemented here.
/// B: batch, V: virtual tokens of a pass, T: tokens of a pass, N = V + T, E: hidden size.
/// </summary>
/// <param name="name">Name of the class.</param>
/// <param name="configuration">Its sizes.</param>
/// <param name="attentionType">The data type of attention: the model's autocast, or a separate object.</param>
public abstract class CausalTransformer(string name, DecoderConfiguration configuration, Autocast attentionType)
    : NamedModule(name), IDividedLayer
{
    private DimensionPart? _heads;
    private LayerRanks? _ranks;

    /// <summary>The sizes.</summary>
    public DecoderConfiguration Configuration { get; } = configuration;

    /// <summary>The data type of attention.</summary>
    public Autocast AttentionType { get; } = attentionType;

    /// <summary>float32 [vocabulary, E].</summary>
    public abstract Parameter TokenEmbeddings { get; }

    /// <summary>
    /// The blocks, in order, of a network that several processes can divide: each has all parameters of its <see cref="Block"/>, which are
    /// used nowhere else. None by default.
    /// </summary>
    public virtual IReadOnlyList<torch.nn.Module> Blocks => [];

    /// <summary>
    /// Whether processes that divide the layers also divide the sequence between the maps of a layer, in training (Korthikanti et al. 2022,
    /// section 4.2.2). Only for networks whose layers pass hidden states on as [B, N, E].
    /// </summary>
    public bool DividesSequence { get; set; }

    /// <summary>The number of positions of the hidden states between two blocks in training.</summary>
    /// <param name="length">Number of positions of the sequence.</param>
    public long PositionsOf(long length) => Divides(length) ? _ranks!.PositionsOf(length).Count : length;

    /// <summary>The hidden states after the last normalization, or after the last block of <see cref="CausalPass.Layers"/>.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <param name="pass">The other inputs.</param>
    /// <returns>float32 [B, N, E], virtual tokens first, in the current dispose scope.</returns>
    /// <exception cref="ModelException">The input does not fit in the context or the cache.</exception>
    public Tensor Forward(Tensor inputIds, CausalPass pass)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        ArgumentNullException.ThrowIfNull(pass);
        using DisposeScope scope = torch.NewDisposeScope();
        // A cache that is not empty already contains the prompt.
        Prompt? prompt = pass.Cache is { IsEmpty: false } ? null : pass.Prompt;
        int prefix = VirtualTokens.Prefixed(prompt), virtualTokens = VirtualTokens.Embedded(prompt);
        CheckLength(inputIds, pass, prefix + virtualTokens);
        CachePass? cached = pass.Cache?.Begin(inputIds, pass.AttentionMask, prefix + virtualTokens);

        long length = virtualTokens + inputIds.size(1);
        bool isDivided = training && prompt is null && cached is null && Divides(length);
        using IDisposable? sequence = isDivided ? _ranks!.DivideSequence(length) : null;
        using var random = new LayerRandom(training);
        Tensor positions = cached is { IsFirst: false }
            ? Continued(cached, inputIds.device)
            : Positions(inputIds, pass, prefix, virtualTokens);
        // [B, N, E]; of a divided sequence, the positions of this process.
        Tensor x = pass.Entering ?? Enter(Embedded(inputIds, prompt, virtualTokens), _ranks?.PartOf(positions) ?? positions);

        Tensor? rotations = Rotations(positions, pass);
        int?[] windows = [.. Enumerable.Range(0, Configuration.Shape.Layers).Select(Configuration.Window)];
        BlockPass[] blocks = [.. windows.Distinct().Select(window =>
            Attended(inputIds, pass, cached, prefix, virtualTokens, window) with
            {
                Window = window,
                Rotations = rotations,
                Cache = pass.Cache,
                Sources = pass.Sources,
                Heads = _heads,
            })];
        if (PositionBias(positions, pass) is { } bias)
            blocks = Array.ConvertAll(blocks, block => WithPositionBias(block, bias, length));
        (int first, int count) = pass.Layers ?? (0, Configuration.Shape.Layers);
        for (int layer = first; layer < first + count; layer++)
        {
            pass.HiddenStates?.Add(x);
            random.Enter(layer);
            if (Blocks.Count > 0)
                x = LayerMark.Before(Blocks[layer], x);
            BlockPass block = Array.Find(blocks, each => each.Window == windows[layer])!;
            BlockPass own = prefix > 0 ? block with { Prefix = VirtualTokens.Prefix(prompt, layer) } : block;
            Tensor output = Configuration.ActivationCheckpointing && pass.Cache is null
                ? Checkpointed(layer, x, own, isDivided ? length : null) : Block(layer, x, own);
            x = HiddenState.Next(x, output, keepsStates: pass.HiddenStates is not null || ReferenceEquals(x, pass.Entering));
        }

        pass.Cache?.Advance();
        if (first + count == Configuration.Shape.Layers)
        {
            x = Normalize(x);
            x = _ranks?.WholeSequence(x) ?? x;
        }

        pass.HiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        pass.HiddenStates?.Add(x);
        return x.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        (_ranks, _heads) = (ranks, ranks.Heads(Configuration.Shape.Heads));
        return new Dictionary<string, TensorDivision>();
    }

    /// <summary>Looks up the token embeddings.</summary>
    /// <param name="inputIds">int64 [B, T]. Not disposed.</param>
    /// <returns>float32 [B, T, E] in the current dispose scope.</returns>
    protected abstract Tensor Embed(Tensor inputIds);

    /// <summary>
    /// Turns embeddings into the first block's input, for example with learned positions, a norm or dropout. By default, does
    /// nothing.
    /// </summary>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <param name="positions">int64 [N], or [B, N] when rows differ. Not disposed.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    protected virtual Tensor Enter(Tensor x, Tensor positions) => x;

    /// <summary>Data about the positions that all blocks share (<see cref="RotaryPositions.At"/>). Null by default.</summary>
    /// <param name="positions">int64 [N], or [B, N] when rows differ. Not disposed.</param>
    /// <param name="pass">The other inputs. With a cache, each row must get what it would get alone.</param>
    /// <returns>A tensor in the current dispose scope, or null.</returns>
    protected virtual Tensor? Rotations(Tensor positions, CausalPass pass) => null;

    /// <summary>
    /// A bias on the attention scores of all blocks that depends on positions (<see cref="RelativePositions"/>). Null by default.
    /// </summary>
    /// <param name="positions">int64 [N], or [B, N] when rows differ. Not disposed.</param>
    /// <param name="pass">The other inputs. With a cache, each row must get what it would get alone.</param>
    /// <returns>float32 [1 or B, H, N, keys] in the current dispose scope, or null.</returns>
    protected virtual Tensor? PositionBias(Tensor positions, CausalPass pass) => null;

    /// <summary>Applies a block. Every tensor that it uses must be a parameter or come from its arguments.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <param name="pass">The other inputs.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    protected abstract Tensor Block(int layer, Tensor x, BlockPass pass);

    /// <summary>The last normalization.</summary>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    protected abstract Tensor Normalize(Tensor x);

    // [B, T] -> [B, N, E]
    private Tensor Embedded(Tensor inputIds, Prompt? prompt, int virtualTokens)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = Embed(inputIds);
        return (virtualTokens > 0 ? VirtualTokens.Embed(prompt!.Embeddings!, x) : x).MoveToOuterDisposeScope();
    }

    // The backward pass, which computes the block again, may follow the forward pass of another batch.
    private Tensor Checkpointed(int layer, Tensor x, BlockPass pass, long? divided) => ActivationCheckpointing.Apply(
        given =>
        {
            using IDisposable? sequence = divided is { } length ? _ranks!.DivideSequence(length) : null;
            return Block(layer, given[0]!, pass with { AttentionBias = given[1], Prefix = given[2], Rotations = given[3] });
        },
        x, pass.AttentionBias, pass.Prefix, pass.Rotations);

    private bool Divides(long length) => DividesSequence && _ranks is { } ranks && length >= ranks.Size;

    // What the positions of this pass attend to in layers with a window.
    private BlockPass Attended(Tensor inputIds, CausalPass pass, CachePass? cached, int prefix, int virtualTokens, int? window)
    {
        if (cached is { IsFirst: false, IsUniform: false })
            return new BlockPass(); // CausalAttention gets the mask from the cache
        long queries = virtualTokens + inputIds.size(1);
        long before = cached is { IsFirst: false } ? cached.Keys - queries : prefix; // keys before this pass
        Tensor? keyMask = cached is { IsFirst: false } ? null : VirtualTokens.Widen(pass.AttentionMask, prefix + virtualTokens);
        // In torch's kernel, purely causal attention needs no mask in memory.
        bool causalAlone = before == 0 && keyMask is null && pass.SequenceIds is null && !(window < queries);
        if (causalAlone && !Attention.IsPlain(AttentionType, inputIds.device_type, queries, queries))
            return new BlockPass { IsCausal = queries > 1 };
        return new BlockPass
        {
            AttentionBias = AttentionMask.Create(
                queries, before + queries, causal: true, keyMask, AttentionType.Type, inputIds.device, pass.SequenceIds, window),
        };
    }

    private BlockPass WithPositionBias(BlockPass block, Tensor bias, long queries)
    {
        Tensor added = AttentionType.Cast(bias);
        Tensor? mask = block.Cache?.AttentionBias(AttentionType.Type, block.Window) ?? block.AttentionBias
            ?? (block.IsCausal
                ? AttentionMask.Create(queries, queries, causal: true, keyMask: null, AttentionType.Type, bias.device) : null);
        return block with { AttentionBias = mask is null ? added : mask + added, IsCausal = false, HasPositionBias = true };
    }

    private static Tensor Continued(CachePass cached, torch.Device device) => cached.IsUniform
        ? torch.arange(cached.Keys - cached.Tokens, cached.Keys, torch.ScalarType.Int64, device) // [T]
        : cached.Positions; // [B, T]

    // Virtual tokens take the first positions, so a prefix shifts the text as a cache of that length would.
    private static Tensor Positions(Tensor inputIds, CausalPass pass, int prefix, int virtualTokens)
    {
        (long tokens, torch.Device device) = (inputIds.size(1), inputIds.device);
        if (pass.PositionIds is null && (pass.AttentionMask is null || !pass.PositionsSkipPadding))
            return torch.arange(prefix, prefix + virtualTokens + tokens, torch.ScalarType.Int64, device); // [N]
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor counted = (pass.PositionIds ?? (pass.AttentionMask!.cumsum(1) - 1).clamp(min: 0)) + (prefix + virtualTokens); // [B, T]
        if (virtualTokens > 0)
        {
            Tensor front = torch.arange(prefix, prefix + virtualTokens, torch.ScalarType.Int64, device);
            counted = torch.cat([front.unsqueeze(0).expand(counted.size(0), -1), counted], 1); // [B, N]
        }

        return counted.MoveToOuterDisposeScope();
    }

    private void CheckLength(Tensor inputIds, CausalPass pass, int virtualTokens)
    {
        long length = virtualTokens + inputIds.size(1);
        if (length > Configuration.ContextLength)
        {
            throw new ModelException(
                $"The input has {length} tokens{(virtualTokens > 0 ? $", of which {virtualTokens} are virtual" : "")}, " +
                $"but the context length is {Configuration.ContextLength}. Shorten the input.");
        }

        if (pass.AttentionMask is { } mask && (mask.ndim != 2 || mask.size(0) != inputIds.size(0) || mask.size(1) != inputIds.size(1)))
        {
            throw new ModelException(
                $"'attention_mask' has the shape [{string.Join(", ", mask.shape)}], but the input has the shape " +
                $"[{inputIds.size(0)}, {inputIds.size(1)}]. Pass one number per token.");
        }
    }
}
