using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tenon.Layers;

/// <summary>Rank and scale of each update of a saved adapter.</summary>
internal sealed class LoraSizes
{
    private const string File = "adapter_config.json";

    private readonly double _rank;
    private readonly double _alpha;
    private readonly bool _rankStabilized;
    private readonly IReadOnlyList<(Regex Pattern, double Value)> _ranks;
    private readonly IReadOnlyList<(Regex Pattern, double Value)> _alphas;

    private LoraSizes(JsonObject configuration)
    {
        _rank = Positive("r", configuration["r"]);
        _alpha = Number("lora_alpha", configuration["lora_alpha"]);
        _rankStabilized = Flag(configuration, "use_rslora");
        IsDecomposed = Flag(configuration, "use_dora");
        _ranks = Patterns(configuration, "rank_pattern", Positive);
        _alphas = Patterns(configuration, "alpha_pattern", Number);
    }

    /// <summary>Whether the updated weights are decomposed into direction and length (DoRA).</summary>
    public bool IsDecomposed { get; }

    /// <summary>Reads the sizes.</summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <exception cref="ModelException">A value is missing or has the wrong type.</exception>
    public static LoraSizes Of(JsonObject configuration) => new(configuration);

    /// <summary>The sizes of an update: taken from the first pattern that matches the end of the map's name, as in PEFT.</summary>
    /// <param name="map">Name of the map in the model.</param>
    public (int Rank, double Scaling) For(string map)
    {
        int rank = (int)(_ranks.FirstOrDefault(entry => entry.Pattern.IsMatch(map)) is { Pattern: not null } own ? own.Value : _rank);
        double alpha = _alphas.FirstOrDefault(entry => entry.Pattern.IsMatch(map)) is { Pattern: not null } other ? other.Value : _alpha;
        return (rank, LoraUpdates.Scaling(alpha, rank, _rankStabilized));
    }

    private static List<(Regex, double)> Patterns(JsonObject configuration, string key, Func<string, JsonNode?, double> read)
    {
        if (configuration[key] is not { } node)
            return [];
        if (node is not JsonObject patterns)
        {
            throw new ModelException(
                $"{File}: '{key}' is {node.ToJsonString()}, but must be an object from patterns of module names to numbers.");
        }

        List<(Regex, double)> found = [];
        foreach ((string pattern, JsonNode? value) in patterns)
        {
            try
            {
                var regex = new Regex($@"\A(.*\.)?({pattern})\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
                found.Add((regex, read($"{key}:{pattern}", value)));
            }
            catch (ArgumentException cause)
            {
                throw new ModelException(
                    $"{File}: '{key}' has the pattern '{pattern}', which is not a regular expression: {cause.Message}", cause);
            }
        }

        return found;
    }

    private static double Positive(string key, JsonNode? node) =>
        Number(key, node) is >= 1 and <= int.MaxValue and var number && number == Math.Floor(number)
            ? number : throw new ModelException($"{File}: '{key}' is {node!.ToJsonString()}, but must be a whole number of 1 or more.");

    /// <summary>A number, whether it was read from a file or set.</summary>
    /// <param name="key">Its key, for the message.</param>
    /// <param name="node">Its value.</param>
    /// <exception cref="ModelException">It is missing, or not a number.</exception>
    internal static double Number(string key, JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
        ? node.Deserialize<double>() : throw new ModelException(
            $"{File}: '{key}' is {node?.ToJsonString() ?? "missing"}, but must be a number.");

    private static bool Flag(JsonObject configuration, string key) => configuration[key]?.GetValueKind() switch
    {
        null or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw new ModelException($"{File}: '{key}' is {configuration[key]!.ToJsonString()}, but must be true or false."),
    };
}
