using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Host.Models;

/// <summary>The ids that end generated texts, according to a folder's configuration files.</summary>
internal static class EndOfTextIds
{
    /// <summary>The key in both files: an id, or a list of ids.</summary>
    public const string Key = "eos_token_id";

    private static readonly string[] Files = ["config.json", "generation_config.json"];

    /// <summary>Returns the ids of all files, each once.</summary>
    /// <param name="configuration">The folder's files.</param>
    /// <exception cref="ModelException">A value is neither an id nor a list of ids.</exception>
    public static IReadOnlyList<int> Of(ModelConfiguration configuration) =>
        [.. Files.SelectMany(file => configuration.Files.TryGetValue(file, out JsonObject? content) ? Read(file, content[Key]) : []).Distinct()];

    private static IEnumerable<int> Read(string file, JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => list.Select(item => Id(file, item)),
        _ => [Id(file, node)],
    };

    private static int Id(string file, JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out int id) && id >= 0
        ? id : throw new ModelException($"{file}: '{Key}' has {node?.ToJsonString() ?? "null"}, which is not a token id. It must be an integer or a list of integers.");
}
