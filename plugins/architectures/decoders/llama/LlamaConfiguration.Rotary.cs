using System.Globalization;
using System.Runtime.CompilerServices;
using Tenon.Layers;

namespace Tenon.Llama;

/// <content>
/// Maps the rotary positions. Version 4 of transformers has <c>rope_theta</c> and <c>rope_scaling</c>, whose <c>rope_type</c> is called
/// <c>type</c> in early files; version 5 has <c>rope_parameters</c>.
/// </content>
internal static partial class LlamaConfiguration
{
    private const string Scaling4 = "rope_scaling";
    private const string Parameters5 = "rope_parameters";
    private const string Theta = "rope_theta";
    private const string Positions = "max_position_embeddings";
    private const string Original = "original_max_position_embeddings";

    // With dynamic scaling, max_position_embeddings is the original context, so transformers has no key for the longer one.
    private const string DynamicContext = "tenon_context_length";

    private static readonly IReadOnlyList<(string Name, RopeScaling Value)> _scalings =
    [
        ("default", RopeScaling.None), ("linear", RopeScaling.Linear), ("dynamic", RopeScaling.Dynamic),
        ("llama3", RopeScaling.Llama3), ("yarn", RopeScaling.Yarn),
    ];

    /// <summary>Returns the <c>rope_type</c> of a scaling.</summary>
    public static string ScalingName(RopeScaling scaling) => _scalings.First(pair => pair.Value == scaling).Name;

    private static TOptions Rotary<TOptions>(ConfigMap map, TOptions options, LlamaClass own) where TOptions : LlamaOptions
    {
        bool dynamic = options.RopeScaling == RopeScaling.Dynamic;
        int positions = map.Value(
            Positions, dynamic ? options.RopeOriginalContextLength : options.ContextLength, own.ContextLength,
            nameof(LlamaOptions.ContextLength));
        return map.Reads ? ReadRotary(map, options, positions) : WriteRotary(map, options);
    }

    private static TOptions WriteRotary<TOptions>(ConfigMap map, TOptions options) where TOptions : LlamaOptions
    {
        map.Value(Theta, options.RopeTheta, 10_000.0);
        if (options.RopeScaling == RopeScaling.None)
            map.Note(Scaling4, null);
        else
            map.Section(Scaling4, options, MapScaling);
        if (options is { RopeScaling: RopeScaling.Dynamic, RopeOriginalContextLength: { } original, RopeFactor: { } factor }
            && options.ContextLength != LlamaRope.DynamicContextLength(original, factor))
        {
            map.Note(DynamicContext, options.ContextLength);
        }

        return options;
    }

    private static TOptions ReadRotary<TOptions>(ConfigMap map, TOptions options, int positions) where TOptions : LlamaOptions
    {
        bool isNew = map.Node(Parameters5, null) is not null;
        double? theta = map.Optional(Theta, options.RopeTheta);
        TOptions unscaled = (TOptions)(options with { RopeScaling = RopeScaling.None, RopeTheta = theta ?? 10_000 });
        TOptions read = map.Node(Scaling4, null) is null ? unscaled : map.Section(Scaling4, unscaled, MapScaling);
        if (isNew)
        {
            TOptions parameters = map.Section(Parameters5, unscaled, MapParameters);
            if (theta is not null && theta != parameters.RopeTheta)
            {
                throw map.Error(Theta, string.Create(
                    CultureInfo.InvariantCulture, $"is {theta}, but '{Parameters5}' has {parameters.RopeTheta}. Keep one of them."));
            }

            if (read.RopeScaling != RopeScaling.None && !parameters.Equals(read with { RopeTheta = parameters.RopeTheta }))
            {
                throw map.Error(
                    Scaling4,
                    $"is {map.Node(Scaling4, null)!.ToJsonString()}, but '{Parameters5}' has a different scaling. Keep one of them.");
            }

            read = parameters;
        }

        if (read.RopeScaling is RopeScaling.Dynamic)
        {
            if (read.RopeOriginalContextLength is { } given && given != positions)
            {
                throw map.Error(
                    Positions,
                    $"is {positions}, but '{Original}' is {given}. With dynamic scaling, both are the context length before scaling. " +
                    $"Remove '{Original}'.");
            }

            int context = map.Optional<int>(DynamicContext, null, option: nameof(LlamaOptions.ContextLength))
                ?? LlamaRope.DynamicContextLength(positions, ResolvedOptions.Value(read.RopeFactor));
            return (TOptions)(read with { RopeOriginalContextLength = positions, ContextLength = context });
        }

        if (read.RopeScaling == RopeScaling.Yarn)
            read = (TOptions)(read with { RopeOriginalContextLength = read.RopeOriginalContextLength ?? positions });
        return LlamaRope.Resolve((TOptions)(read with { ContextLength = positions }), presetFactor: null);
    }

    private static TOptions MapParameters<TOptions>(ConfigMap map, TOptions options) where TOptions : LlamaOptions =>
        MapScaling(map, (TOptions)(options with { RopeTheta = map.Value(Theta, options.RopeTheta, options.RopeTheta!.Value) }));

    private static TOptions MapScaling<TOptions>(ConfigMap map, TOptions options) where TOptions : LlamaOptions
    {
        string key = map.Reads && map.Node("rope_type", null) is null ? "type" : "rope_type";
        RopeScaling scaling = map.Choice(key, ResolvedOptions.Value(options.RopeScaling), RopeScaling.None, _scalings);
        map.Require("type", ScalingName(scaling), "It must match 'rope_type'.", orNull: true);
        map.Require("partial_rotary_factor", 1.0, NoPartialRotation, orNull: true);
        TOptions mapped = (TOptions)(options with { RopeScaling = scaling });
        if (scaling != RopeScaling.None)
            mapped = (TOptions)(mapped with { RopeFactor = Number("factor", options.RopeFactor, isNeeded: true) });
        mapped = (TOptions)(scaling switch
        {
            RopeScaling.Llama3 => mapped with
            {
                RopeLowFrequencyFactor = Number("low_freq_factor", options.RopeLowFrequencyFactor, isNeeded: true),
                RopeHighFrequencyFactor = Number("high_freq_factor", options.RopeHighFrequencyFactor, isNeeded: true),
                RopeOriginalContextLength = map.Optional(Original, options.RopeOriginalContextLength)
                    ?? throw map.Error(Original, "is missing. Set it to the context length before scaling."),
            },
            RopeScaling.Yarn => mapped with
            {
                RopeBetaFast = Number("beta_fast", options.RopeBetaFast),
                RopeBetaSlow = Number("beta_slow", options.RopeBetaSlow),
                RopeAttentionFactor = Number("attention_factor", options.RopeAttentionFactor),
                RopeOriginalContextLength = map.Optional(Original, options.RopeOriginalContextLength),
            },
            // Rotary writes it as max_position_embeddings.
            RopeScaling.Dynamic when map.Reads => mapped with { RopeOriginalContextLength = map.Optional(Original, (int?)null) },
            _ => mapped,
        });
        if (scaling == RopeScaling.Yarn)
            map.Require("truncate", true, "The bounds of the ramp are always rounded to whole dimensions.", orNull: true);
        map.RejectUnmapped();
        return mapped;

        // Leaves unset values out of the file.
        double? Number(string name, double? value, bool isNeeded = false, [CallerArgumentExpression(nameof(value))] string option = "")
        {
            if (!map.Reads && value is null)
                return null;
            double? found = map.Optional(name, value, option: option);
            if (isNeeded && found is null)
                throw map.Error(name, $"is missing, but the scaling '{ScalingName(scaling)}' requires it. Set it to a number.");
            return found;
        }
    }
}
