using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Host.Artifacts;

/// <summary>JSON files of model folders.</summary>
internal static class JsonFile
{
    /// <summary>Reads a file that holds an object.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="ModelException">It is no valid JSON, or no object.</exception>
    public static JsonObject ReadObject(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new ModelException($"'{path}' is no JSON object.");
        }
        catch (JsonException cause)
        {
            throw new ModelException($"'{path}' is no valid JSON: {cause.Message}", cause);
        }
    }
}
