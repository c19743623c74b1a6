using TorchSharp.Modules;
using GroupNorm = Tenon.Layers.GroupNorm;

namespace Tenon.Diffusion;

/// <summary>Settings shared by all blocks of a U-Net.</summary>
internal sealed record BlockSettings(
    int TimeEmbedding, int Groups, double Epsilon, Func<Tensor, Tensor> Activation, double Dropout, int? AttentionHeadDim)
{
    public int Heads(int channels) => AttentionHeadDim is { } size ? channels / size : 1;
}

/// <summary>
/// The U-Net of Ho et al. (2020), appendix B, with the state names of diffusers' UNet2DModel: a downward path to the lowest
/// resolution, a middle block, and an upward path, in which each residual block also receives the output of its counterpart in
/// the downward path.
/// </summary>
internal sealed class UNet : torch.nn.Module
{
    private readonly Convolution conv_in;
    private readonly TimeEmbedding time_embedding;
    private readonly Layers.Embedding? class_embedding;
    private readonly ModuleList<DownBlock> down_blocks = new();
    private readonly MidBlock mid_block;
    private readonly ModuleList<UpBlock> up_blocks = new();
    private readonly GroupNorm conv_norm_out;
    private readonly Convolution conv_out;
    private readonly DiffusionOptions _options;
    private readonly int _firstChannels;
    private readonly Func<Tensor, Tensor> _activation;

    /// <param name="sizes">Resolved options.</param>
    /// <param name="options">Options that are not resolved.</param>
    /// <param name="context">Device and autocast.</param>
    public UNet(DiffusionSizes sizes, DiffusionOptions options, BuildContext context) : base(nameof(UNet))
    {
        IReadOnlyList<int> channels = sizes.BlockOutChannels;
        int layers = sizes.LayersPerBlock, timeSize = sizes.TimeEmbedding, groups = sizes.NormNumGroups;
        BlockSettings settings = new(
            timeSize, groups, options.NormEps, Activations.Find(options.ActFn, "act_fn"), sizes.Dropout, options.AttentionHeadDim);
        _options = options;
        _firstChannels = channels[0];
        _activation = settings.Activation;

        conv_in = new Convolution(sizes.Channels, channels[0], 3, context, padding: 1);
        time_embedding = new TimeEmbedding(channels[0], timeSize, context);
        if (sizes.IsConditional)
        {
            class_embedding = new Layers.Embedding(sizes.ClassRows, timeSize, context);
            Initialization.Normal(class_embedding.Weight, 1);
        }

        // Output channels of each layer of the downward path; the upward path consumes them from the end.
        Stack<int> skips = new([channels[0]]);
        int width = channels[0];
        for (int level = 0; level < channels.Count; level++)
        {
            bool last = level == channels.Count - 1;
            bool attends = sizes.DownBlockTypes[level] == DownBlockType.AttnDownBlock2D;
            down_blocks.Add(
                new DownBlock(width, channels[level], layers, attends, halves: !last, options.DownsamplePadding, settings, context));
            width = channels[level];
            for (int i = 0; i < layers + (last ? 0 : 1); i++)
                skips.Push(width);
        }

        mid_block = new MidBlock(width, options.AddAttention, options.MidBlockScaleFactor, settings, context);

        for (int level = channels.Count - 1; level >= 0; level--)
        {
            bool attends = sizes.UpBlockTypes[channels.Count - 1 - level] == UpBlockType.AttnUpBlock2D;
            int[] fromBelow = [.. Enumerable.Range(0, layers + 1).Select(_ => skips.Pop())];
            up_blocks.Add(new UpBlock(width, fromBelow, channels[level], attends, doubles: level > 0, settings, context));
            width = channels[level];
        }

        conv_norm_out = new GroupNorm(groups, width, options.NormEps, context);
        conv_out = new Convolution(width, sizes.Channels, 3, context, padding: 1);
        RegisterComponents();
    }

    /// <summary>Sines and cosines of the timesteps: [B] -> [B, channels of the first level].</summary>
    public Tensor TimeProjection(Tensor timesteps) =>
        TimeEmbedding.Sinusoid(timesteps, _firstChannels, _options.FlipSinToCos, _options.FreqShift);

    /// <summary>Heads and head size of each attention block.</summary>
    public IReadOnlyList<(int Heads, int HeadSize)> Attentions =>
        [.. modules().OfType<AttentionBlock>().Select(block => (block.Heads, block.HeadSize))];

    /// <summary>
    /// The embedding of time and class: [B, first channels], [B] -> float32 [B, E]. The mean of a prompt's virtual tokens is
    /// added, because the network has no sequence to put them in.
    /// </summary>
    public Tensor Embed(Tensor timeProjection, Tensor? classLabels, Prompt? prompt)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor embedding = time_embedding.call(timeProjection).to(torch.ScalarType.Float32);
        if (class_embedding is not null)
            embedding = embedding + class_embedding.call(classLabels!);
        if (VirtualTokens.Embedded(prompt) > 0)
            embedding = embedding + prompt!.Embeddings!.mean([0L]); // [V, E] -> [E]
        return embedding.MoveToOuterDisposeScope();
    }

    /// <summary>The prediction: sample [B, C, H, W], embedding [B, E] -> float32 [B, C, H, W] in the current dispose scope.</summary>
    /// <param name="sample">Not disposed.</param>
    /// <param name="embedding">From <see cref="Embed"/>. Not disposed.</param>
    /// <param name="prompt">Keys and values for the attention blocks, or null.</param>
    /// <param name="middle">
    /// Called in a scope inside the current one with the hidden state after the middle block, float32 [B, Cm, h, w]; or null.
    /// </param>
    public Tensor Forward(Tensor sample, Tensor embedding, Prompt? prompt, Action<Tensor>? middle = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor time = _activation(embedding); // the same in every residual block
        Tensor centered = _options.CenterInputSample ? sample * 2 - 1 : sample;
        Tensor hidden = conv_in.call(centered).to(torch.ScalarType.Float32); // [B, C, H, W] -> [B, C0, H, W]

        Stack<Tensor> skips = new([hidden]);
        AttentionPrefixes prefixes = new(prompt);
        foreach (DownBlock block in down_blocks)
            hidden = block.Forward(hidden, time, skips, prefixes); // [B, Ci, h, w] -> [B, Cj, h/2, w/2]
        hidden = mid_block.Forward(hidden, time, prefixes);
        middle?.Invoke(hidden);
        foreach (UpBlock block in up_blocks)
            hidden = block.Forward(hidden, time, skips, prefixes); // [B, Cj, h, w] -> [B, Ci, 2h, 2w]

        hidden = Activations.Silu(conv_norm_out.call(hidden));
        return conv_out.call(hidden).to(torch.ScalarType.Float32).MoveToOuterDisposeScope(); // [B, C0, H, W] -> [B, C, H, W]
    }
}

/// <summary>A level of the downward path: residual blocks, each with attention if the level has it, then downsampling by 2.</summary>
internal sealed class DownBlock : torch.nn.Module
{
    private readonly ModuleList<ResnetBlock> resnets = new();
    private readonly ModuleList<AttentionBlock>? attentions;
    private readonly ModuleList<Downsample>? downsamplers;

    public DownBlock(
        int inChannels, int outChannels, int layers, bool attends, bool halves, int padding, BlockSettings settings, BuildContext context)
        : base(nameof(DownBlock))
    {
        attentions = attends ? new() : null;
        for (int i = 0; i < layers; i++)
        {
            resnets.Add(new ResnetBlock(i == 0 ? inChannels : outChannels, outChannels, settings, context));
            attentions?.Add(new AttentionBlock(outChannels, settings, context));
        }

        downsamplers = halves ? new(new Downsample(outChannels, padding, context)) : null;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, Tensor time, Stack<Tensor> skips, AttentionPrefixes prefixes)
    {
        for (int i = 0; i < resnets.Count; i++)
        {
            hidden = resnets[i].call(hidden, time);
            hidden = attentions is null ? hidden : attentions[i].Forward(hidden, prefixes);
            skips.Push(hidden);
        }

        if (downsamplers is not null)
        {
            hidden = downsamplers[0].call(hidden);
            skips.Push(hidden);
        }

        return hidden;
    }
}

/// <summary>The lowest resolution: a residual block, attention, a residual block.</summary>
internal sealed class MidBlock : torch.nn.Module
{
    private readonly ModuleList<ResnetBlock> resnets;
    private readonly ModuleList<AttentionBlock>? attentions;

    public MidBlock(int channels, bool attends, double scale, BlockSettings settings, BuildContext context) : base(nameof(MidBlock))
    {
        resnets = new(
            new ResnetBlock(channels, channels, settings, context, scale), new ResnetBlock(channels, channels, settings, context, scale));
        attentions = attends ? new(new AttentionBlock(channels, settings, context, scale)) : null;
        RegisterComponents();
    }

    // [B, C, h, w] -> [B, C, h, w]
    public Tensor Forward(Tensor hidden, Tensor time, AttentionPrefixes prefixes)
    {
        hidden = resnets[0].call(hidden, time);
        hidden = attentions is null ? hidden : attentions[0].Forward(hidden, prefixes);
        return resnets[1].call(hidden, time);
    }
}

/// <summary>A level of the upward path: residual blocks that also receive the outputs of the downward path, then upsampling by 2.</summary>
internal sealed class UpBlock : torch.nn.Module
{
    private readonly ModuleList<ResnetBlock> resnets = new();
    private readonly ModuleList<AttentionBlock>? attentions;
    private readonly ModuleList<Upsample>? upsamplers;

    /// <param name="inChannels">Channels of the next lower level.</param>
    /// <param name="skips">Channels that each residual block receives from the downward path.</param>
    /// <param name="outChannels">Channels of the level.</param>
    /// <param name="attends">Whether attention follows each residual block.</param>
    /// <param name="doubles">Whether the resolution doubles at the end.</param>
    /// <param name="settings">Settings shared by all blocks.</param>
    /// <param name="context">Device and autocast.</param>
    public UpBlock(int inChannels, int[] skips, int outChannels, bool attends, bool doubles, BlockSettings settings, BuildContext context)
        : base(nameof(UpBlock))
    {
        attentions = attends ? new() : null;
        for (int i = 0; i < skips.Length; i++)
        {
            resnets.Add(new ResnetBlock((i == 0 ? inChannels : outChannels) + skips[i], outChannels, settings, context));
            attentions?.Add(new AttentionBlock(outChannels, settings, context));
        }

        upsamplers = doubles ? new(new Upsample(outChannels, context)) : null;
        RegisterComponents();
    }

    public Tensor Forward(Tensor hidden, Tensor time, Stack<Tensor> skips, AttentionPrefixes prefixes)
    {
        for (int i = 0; i < resnets.Count; i++)
        {
            hidden = torch.cat([hidden, skips.Pop()], 1); // [B, C, h, w] and [B, C', h, w] -> [B, C + C', h, w]
            hidden = resnets[i].call(hidden, time);
            hidden = attentions is null ? hidden : attentions[i].Forward(hidden, prefixes);
        }

        return upsamplers is null ? hidden : upsamplers[0].call(hidden);
    }
}
