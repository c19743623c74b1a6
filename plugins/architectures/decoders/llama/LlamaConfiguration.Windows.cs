using Tenon.Layers;

namespace Tenon.Llama;

/// <content>Maps the sliding windows.</content>
internal static partial class LlamaConfiguration
{
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    // transformers' defaults for sliding_window and max_window_layers.
    private const int DefaultWindow = 4096, DefaultFirstLayer = 28;

    private static TOptions Windows<TOptions>(ConfigMap map, TOptions options, LlamaClass own) where TOptions : LlamaOptions
    {
        if (!own.Slides)
        {
            map.Require("sliding_window", null, $"'{own.ModelType}' does not have a sliding window.");
            map.Require("use_sliding_window", false, $"'{own.ModelType}' does not have a sliding window.", orNull: true);
            return CheckTypes(map, options, own, sliding: false);
        }

        if (!own.SlidesByLayer)
        {
            int? window = map.Optional("sliding_window", options.SlidingWindow, DefaultWindow);
            return CheckTypes(map, (TOptions)(options with { SlidingWindow = window }), own, window is not null);
        }

        return map.Reads ? ReadLayers(map, options) : WriteLayers(map, options);
    }

    private static TOptions ReadLayers<TOptions>(ConfigMap map, TOptions options) where TOptions : LlamaOptions
    {
        int layers = ResolvedOptions.Value(options.Layers);
        bool uses = map.Value("use_sliding_window", (bool?)null, false);
        int? window = map.Optional("sliding_window", options.SlidingWindow, DefaultWindow);
        int first = map.Value("max_window_layers", (int?)null, DefaultFirstLayer);
        if (uses && window is null)
        {
            throw map.Error("sliding_window",
                "is null, but 'use_sliding_window' is true. Set it to a number of tokens, or set 'use_sliding_window' to false.");
        }

        int[] sliding = Types(map, layers) is { } types
            ? [.. types.Index().Where(type => type.Item == Sliding).Select(type => type.Index)]
            : [.. Enumerable.Range(0, Math.Max(0, layers)).Where(layer => uses && layer >= first)];
        if (!uses && sliding.Length > 0)
        {
            throw map.Error("layer_types",
                $"has '{Sliding}' for layer {sliding[0]}, but 'use_sliding_window' is false. Set it to true, or all layers to '{Full}'.");
        }

        return (TOptions)(options with
        {
            SlidingWindow = sliding.Length == 0 ? null : window,
            SlidingLayers = sliding.Length == 0 || sliding.Length == layers ? null : sliding,
        });
    }

    // Writes both forms: older versions of transformers read the first layer with a window, newer ones the type of each layer.
    private static TOptions WriteLayers<TOptions>(ConfigMap map, TOptions options) where TOptions : LlamaOptions
    {
        int layers = ResolvedOptions.Value(options.Layers);
        HashSet<int>? sliding = options.SlidingLayers?.ToHashSet();
        string[] types = [.. Enumerable.Range(0, layers).Select(
            layer => options.SlidingWindow is not null && sliding?.Contains(layer) != false ? Sliding : Full)];
        map.Value("use_sliding_window", (bool?)(options.SlidingWindow is not null), false);
        map.Optional("sliding_window", options.SlidingWindow);
        map.Value("max_window_layers", (int?)(Array.LastIndexOf(types, Full) + 1), DefaultFirstLayer);
        map.List("layer_types", types, []);
        return options;
    }

    // Rejects mixed layer types for classes that cannot represent them.
    private static TOptions CheckTypes<TOptions>(ConfigMap map, TOptions options, LlamaClass own, bool sliding)
        where TOptions : LlamaOptions
    {
        string only = sliding ? Sliding : Full;
        string? other = map.Reads ? Types(map, ResolvedOptions.Value(options.Layers))?.FirstOrDefault(type => type != only) : null;
        return other is null
            ? options
            : throw map.Error("layer_types", $"has '{other}', but all layers of this '{own.ModelType}' model are '{only}'.");
    }

    private static IReadOnlyList<string>? Types(ConfigMap map, int layers)
    {
        if (map.Node("layer_types", null) is null)
            return null;
        IReadOnlyList<string> types = map.List<string>("layer_types", null, []);
        if (types.FirstOrDefault(type => type is not (Full or Sliding)) is { } unknown)
            throw map.Error("layer_types", $"has '{unknown}', which is not supported. Supported: {Full}, {Sliding}.");
        return types.Count == layers
            ? types
            : throw map.Error(
                "layer_types", $"has {types.Count} items, but 'num_hidden_layers' is {layers}. List one type per layer.");
    }
}
