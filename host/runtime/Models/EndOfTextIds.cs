using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Host.Models;

/// <summary>The ids that end generated texts, according to a model's configuration files and its tokenizer.</summary>
internal static class EndOfTextIds
{
    // The key in both files: an id, or a list of ids.
    private const string Key = "eos_token_id";
    private const string GenerationFile = "generation_config.json";

    private static readonly string[] Files = ["config.json", GenerationFile];

    /// <summary>Returns the distinct ids of all files and of the tokenizer.</summary>
    /// <param name="configuration">The model's files.</param>
    /// <param name="tokenizer">Its tokenizer, or null.</param>
    /// <exception cref="ModelException">A value is neither an id nor a list of ids.</exception>
    public static IReadOnlyList<int> Of(ModelConfiguration configuration, ITokenizer? tokenizer) =>
        [.. OfFiles(configuration).Concat(new[] { tokenizer?.Special.EndOfText }.OfType<int>()).Distinct()];

    /// <summary>
    /// Returns the files of a model that comes from a folder, with the folder's ids. Architectures describe only one id, so several are
    /// written to <c>generation_config.json</c>, where transformers looks first. Other settings of that file are kept if the architecture
    /// writes it.
    /// </summary>
    /// <param name="described">The files as the architecture describes the model.</param>
    /// <param name="start">The files of the folder that the model comes from; null if it comes from none.</param>
    /// <exception cref="ModelException">A value is neither an id nor a list of ids.</exception>
    public static ModelConfiguration Keep(ModelConfiguration described, ModelConfiguration? start)
    {
        int[] ids = [.. OfFiles(described).Concat(start is null ? [] : OfFiles(start)).Distinct()];
        if (start?.Files.GetValueOrDefault(GenerationFile) is { } settings)
            KeepSettings(described, settings);
        return ids.Length < 2 ? described : With(described, ids);
    }

    // The folder's settings for generation, such as the number of beams, if the architecture describes such a file.
    private static void KeepSettings(ModelConfiguration described, JsonObject settings)
    {
        if (described.Files.GetValueOrDefault(GenerationFile) is not { } written)
            return;
        foreach ((string name, JsonNode? value) in settings)
        {
            if (!written.ContainsKey(name) && !name.StartsWith('_') && !name.StartsWith("transformers", StringComparison.Ordinal))
                written[name] = value?.DeepClone();
        }
    }

    /// <summary>Returns the files of a model that learns from conversations, with the id that ends a reply.</summary>
    /// <param name="configuration">The model's files.</param>
    /// <param name="id">The id.</param>
    /// <exception cref="ModelException">A value is neither an id nor a list of ids.</exception>
    public static ModelConfiguration WithEndOfReply(ModelConfiguration configuration, int id)
    {
        int[] ids = [.. OfFiles(configuration).Distinct()];
        return ids.Contains(id) ? configuration : With(configuration, [.. ids, id]);
    }

    private static ModelConfiguration With(ModelConfiguration described, int[] ids)
    {
        JsonObject generation = described.Files.GetValueOrDefault(GenerationFile) ?? [];
        generation[Key] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]);
        return new ModelConfiguration(
            [.. described.Files.Where(file => file.Key != GenerationFile), KeyValuePair.Create(GenerationFile, generation)]);
    }

    private static IEnumerable<int> OfFiles(ModelConfiguration configuration) =>
        Files.SelectMany(file => configuration.Files.TryGetValue(file, out JsonObject? content) ? Read(file, content[Key]) : []);

    private static IEnumerable<int> Read(string file, JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => list.Select(item => Id(file, item)),
        _ => [Id(file, node)],
    };

    private static int Id(string file, JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out int id) && id >= 0
            ? id
            : throw new ModelException(
                $"{file}: '{Key}' has {node?.ToJsonString() ?? "null"}, which is not a token id. " +
                "It must be an integer or a list of integers.");
}
