using TorchSharp.Modules;
using GroupNorm = Tenon.Layers.GroupNorm;
using Linear = Tenon.Layers.Linear;

namespace Tenon.Diffusion;

/// <summary>
/// Embeds a timestep: sines and cosines of geometrically spaced frequencies (Vaswani et al. 2017, section 3.5),
/// then two linear maps.
/// </summary>
internal sealed class TimeEmbedding : torch.nn.Module<Tensor, Tensor>
{
    private const double MaxPeriod = 10000;
    private readonly Linear linear_1;
    private readonly Linear linear_2;

    public TimeEmbedding(int channels, int size, BuildContext context) : base(nameof(TimeEmbedding))
    {
        linear_1 = FanIn.Linear(channels, size, context);
        linear_2 = FanIn.Linear(size, size, context);
        RegisterComponents();
    }

    // [B] -> [B, channels]
    public static Tensor Sinusoid(Tensor timesteps, int channels, bool flipSinToCos, double freqShift)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int half = channels / 2;
        Tensor exponent = torch.arange(half, torch.ScalarType.Float32, timesteps.device) * -Math.Log(MaxPeriod);
        Tensor angles = timesteps.to(torch.ScalarType.Float32).unsqueeze(1) * (exponent / (half - freqShift)).exp(); // [B, half]
        Tensor sine = angles.sin();
        Tensor cosine = angles.cos();
        Tensor both = flipSinToCos ? torch.cat([cosine, sine], 1) : torch.cat([sine, cosine], 1);
        return (channels % 2 == 0 ? both : F.pad(both, [0L, 1L])).MoveToOuterDisposeScope();
    }

    // [B, channels] -> [B, E]
    public override Tensor forward(Tensor sinusoid)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return linear_2.call(F.silu(linear_1.call(sinusoid))).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Two convolutions around a residual connection, with the time embedding added between them (Ho et al. 2020, appendix B).
/// </summary>
internal sealed class ResnetBlock : torch.nn.Module<Tensor, Tensor, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly Convolution conv1;
    private readonly Linear time_emb_proj;
    private readonly GroupNorm norm2;
    private readonly Convolution conv2;
    private readonly Convolution? conv_shortcut;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly double _dropout;
    private readonly double _scale;

    public ResnetBlock(int inChannels, int outChannels, BlockSettings settings, BuildContext context, double scale = 1)
        : base(nameof(ResnetBlock))
    {
        norm1 = new GroupNorm(settings.Groups, inChannels, settings.Epsilon, context);
        conv1 = new Convolution(inChannels, outChannels, 3, context, padding: 1);
        time_emb_proj = FanIn.Linear(settings.TimeEmbedding, outChannels, context);
        norm2 = new GroupNorm(settings.Groups, outChannels, settings.Epsilon, context);
        conv2 = new Convolution(outChannels, outChannels, 3, context, padding: 1);
        conv_shortcut = inChannels == outChannels ? null : new Convolution(inChannels, outChannels, 1, context);
        _activation = settings.Activation;
        _dropout = settings.Dropout;
        _scale = scale;
        RegisterComponents();
    }

    // input [B, C, H, W], time [B, E] after its activation -> float32 [B, C', H, W]
    public override Tensor forward(Tensor input, Tensor time)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = conv1.call(_activation(norm1.call(input))); // [B, C, H, W] -> [B, C', H, W]
        Tensor shift = time_emb_proj.call(time).unflatten(1, -1, 1, 1); // [B, E] -> [B, C', 1, 1]
        hidden = _activation(norm2.call(hidden.to(torch.ScalarType.Float32) + shift));
        hidden = conv2.call(Layers.Dropout.Apply(hidden, _dropout, training));
        Tensor residual = conv_shortcut is null ? input : conv_shortcut.call(input);
        Tensor sum = residual.to(torch.ScalarType.Float32) + hidden;
        return (_scale == 1 ? sum : sum / _scale).MoveToOuterDisposeScope();
    }
}

/// <summary>Self-attention between all pixels, around a residual connection (Ho et al. 2020, appendix B).</summary>
internal sealed class AttentionBlock : torch.nn.Module
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;
    private readonly Autocast _autocast;
    private readonly double _scale;

    public AttentionBlock(int channels, BlockSettings settings, BuildContext context, double scale = 1) : base(nameof(AttentionBlock))
    {
        group_norm = new GroupNorm(settings.Groups, channels, settings.Epsilon, context);
        to_q = FanIn.Linear(channels, channels, context);
        to_k = FanIn.Linear(channels, channels, context);
        to_v = FanIn.Linear(channels, channels, context);
        // The reference keeps the last map in a list, followed by a dropout of probability 0.
        to_out = new(FanIn.Linear(channels, channels, context));
        _autocast = context.Autocast;
        Heads = settings.Heads(channels);
        HeadSize = channels / Heads;
        _scale = scale;
        RegisterComponents();
    }

    /// <summary>Heads.</summary>
    public int Heads { get; }

    /// <summary>Channels of one head.</summary>
    public int HeadSize { get; }

    // [B, C, H, W] -> float32 [B, C, H, W]
    public Tensor Forward(Tensor input, AttentionPrefixes prefixes)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long height = input.size(2), width = input.size(3);
        // Cast and copied once for all three maps.
        Tensor pixels = _autocast.Cast(group_norm.call(input)).flatten(2).transpose(1, 2).contiguous(); // [B, C, H, W] -> [B, H·W, C]
        Tensor query = MultiHead.Split(to_q.call(pixels), HeadSize); // [B, H·W, C] -> [B, heads, H·W, C/heads]
        Tensor key = MultiHead.Split(to_k.call(pixels), HeadSize);
        Tensor value = MultiHead.Split(to_v.call(pixels), HeadSize);
        if (prefixes.Next(Heads, HeadSize) is { } prefix)
        {
            key = VirtualTokens.Prepend(prefix.select(0, 0), key); // -> [B, heads, P + H·W, C/heads]
            value = VirtualTokens.Prepend(prefix.select(0, 1), value);
        }

        Tensor mixed = to_out[0].call(MultiHead.Merge(Attention.Apply(query, key, value, _autocast))); // -> [B, H·W, C]
        Tensor sum = input + mixed.transpose(1, 2).unflatten(2, height, width); // [B, H·W, C] -> [B, C, H, W]
        return (_scale == 1 ? sum : sum / _scale).MoveToOuterDisposeScope();
    }
}

/// <summary>Halves height and width by a convolution with stride 2.</summary>
internal sealed class Downsample : torch.nn.Module<Tensor, Tensor>
{
    private readonly Convolution conv;
    private readonly bool _padBelowAndRight;

    public Downsample(int channels, int padding, BuildContext context) : base(nameof(Downsample))
    {
        conv = new Convolution(channels, channels, 3, context, stride: 2, padding: padding);
        _padBelowAndRight = padding == 0;
        RegisterComponents();
    }

    // [B, C, H, W] -> float32 [B, C, H/2, W/2]
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor padded = _padBelowAndRight ? F.pad(input, [0L, 1L, 0L, 1L]) : input;
        return conv.call(padded).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}

/// <summary>Doubles height and width by repeating pixels, then convolves.</summary>
internal sealed class Upsample : torch.nn.Module<Tensor, Tensor>
{
    private readonly Convolution conv;

    public Upsample(int channels, BuildContext context) : base(nameof(Upsample))
    {
        conv = new Convolution(channels, channels, 3, context, padding: 1);
        RegisterComponents();
    }

    // [B, C, H, W] -> float32 [B, C, 2H, 2W]
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor doubled = F.interpolate(input, scale_factor: [2, 2], mode: torch.InterpolationMode.Nearest);
        return conv.call(doubled).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
