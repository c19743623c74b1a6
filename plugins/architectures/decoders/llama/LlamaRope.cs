using System.Globalization;
using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>Resolves, checks and converts the options for scaling rotary positions.</summary>
internal static class LlamaRope
{
    private const double DefaultBetaFast = 32, DefaultBetaSlow = 1;

    // How many times longer than factor × original context a text may be with dynamic scaling, which adapts to its length.
    private const double DynamicReach = 4;

    /// <summary>Fills in the preset's scaling if none is set, and otherwise the defaults of the scaling.</summary>
    /// <param name="options">The options.</param>
    /// <param name="presetFactor">The factor of Llama 3.1's scaling in the preset, or null if the preset has no scaling.</param>
    public static TOptions Resolve<TOptions>(TOptions options, double? presetFactor) where TOptions : LlamaOptions
    {
        if (options.RopeScaling is null && presetFactor is { } factor)
        {
            return (TOptions)(options with
            {
                RopeScaling = RopeScaling.Llama3,
                RopeFactor = options.RopeFactor ?? factor,
                RopeOriginalContextLength = options.RopeOriginalContextLength ?? LlamaPresets.OriginalContextLength,
                RopeLowFrequencyFactor = options.RopeLowFrequencyFactor ?? LlamaPresets.LowFrequencyFactor,
                RopeHighFrequencyFactor = options.RopeHighFrequencyFactor ?? LlamaPresets.HighFrequencyFactor,
            });
        }

        bool yarn = options.RopeScaling == RopeScaling.Yarn;
        return (TOptions)(options with
        {
            RopeScaling = options.RopeScaling ?? RopeScaling.None,
            RopeBetaFast = options.RopeBetaFast ?? (yarn ? DefaultBetaFast : null),
            RopeBetaSlow = options.RopeBetaSlow ?? (yarn ? DefaultBetaSlow : null),
        });
    }

    /// <summary>Returns the context length of a folder with <c>dynamic</c> scaling, which does not specify one.</summary>
    /// <param name="originalContextLength">Context length before scaling, in tokens.</param>
    /// <param name="factor">Scaling factor.</param>
    public static int DynamicContextLength(int originalContextLength, double factor) =>
        (int)Math.Min(DynamicReach * factor * originalContextLength, 100_000_000);

    /// <summary>Returns the scaling of resolved options, or null if the frequencies are not scaled.</summary>
    public static RotaryScaling? Scaling(LlamaOptions options)
    {
        RopeScaling kind = ResolvedOptions.Value(options.RopeScaling);
        if (kind == RopeScaling.None)
            return null;
        double factor = ResolvedOptions.Value(options.RopeFactor);
        if (kind == RopeScaling.Linear)
            return new LinearRotaryScaling(factor);
        int original = ResolvedOptions.Value(options.RopeOriginalContextLength);
        return kind switch
        {
            RopeScaling.Dynamic => new DynamicRotaryScaling(factor, original),
            RopeScaling.Llama3 => new Llama3RotaryScaling(
                factor, ResolvedOptions.Value(options.RopeLowFrequencyFactor), ResolvedOptions.Value(options.RopeHighFrequencyFactor),
                original),
            _ => new YarnRotaryScaling(factor, original)
            {
                BetaFast = ResolvedOptions.Value(options.RopeBetaFast),
                BetaSlow = ResolvedOptions.Value(options.RopeBetaSlow),
                GivenAttentionFactor = options.RopeAttentionFactor,
            },
        };
    }

    /// <summary>Rejects options that the scaling requires but are missing, and options that it does not use.</summary>
    /// <exception cref="ModelException">An option is missing, unused or out of order, or the heads are too small.</exception>
    public static void Check(LlamaOptions options, int headSize)
    {
        RopeScaling kind = ResolvedOptions.Value(options.RopeScaling);
        Needs(options.RopeFactor, "ropeFactor", "factor", RopeScaling.Linear, RopeScaling.Dynamic, RopeScaling.Llama3, RopeScaling.Yarn);
        Needs(options.RopeOriginalContextLength, "ropeOriginalContextLength", "original_max_position_embeddings",
            RopeScaling.Dynamic, RopeScaling.Llama3, RopeScaling.Yarn);
        Needs(options.RopeLowFrequencyFactor, "ropeLowFrequencyFactor", "low_freq_factor", RopeScaling.Llama3);
        Needs(options.RopeHighFrequencyFactor, "ropeHighFrequencyFactor", "high_freq_factor", RopeScaling.Llama3);
        Needs(options.RopeBetaFast, "ropeBetaFast", "beta_fast", RopeScaling.Yarn);
        Needs(options.RopeBetaSlow, "ropeBetaSlow", "beta_slow", RopeScaling.Yarn);
        if (options.RopeAttentionFactor is not null)
            Needs(options.RopeAttentionFactor, "ropeAttentionFactor", "attention_factor", RopeScaling.Yarn);
        Ordered(options.RopeLowFrequencyFactor, "ropeLowFrequencyFactor", "low_freq_factor",
            options.RopeHighFrequencyFactor, "ropeHighFrequencyFactor");
        Ordered(options.RopeBetaSlow, "ropeBetaSlow", "beta_slow", options.RopeBetaFast, "ropeBetaFast");
        if (kind == RopeScaling.Dynamic && headSize <= 2)
        {
            throw new ModelException(
                $"'headSize' (head_dim) is {headSize}, but 'dynamic' scaling needs at least 4. Make the heads larger.");
        }

        void Needs<T>(T? value, string option, string key, params RopeScaling[] kinds) where T : struct
        {
            if (kinds.Contains(kind) == value.HasValue)
                return;
            throw new ModelException(value is { } set
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{option}' ({key}) is {set}, but {Named(kind)} does not use it. Remove it, or change 'ropeScaling' (rope_type).")
                : $"'{option}' ({key}) is missing, but {Named(kind)} requires it. Set it.");
        }

        static void Ordered(double? low, string option, string key, double? high, string other)
        {
            if (low >= high)
            {
                throw new ModelException(string.Create(
                    CultureInfo.InvariantCulture, $"'{option}' ({key}) is {low}, but must be below '{other}', which is {high}."));
            }
        }

        static string Named(RopeScaling kind) =>
            kind == RopeScaling.None ? "a model without 'ropeScaling'" : $"the scaling '{LlamaConfiguration.ScalingName(kind)}'";
    }
}
