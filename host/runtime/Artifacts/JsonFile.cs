using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Host.Artifacts;

/// <summary>JSON files of model folders.</summary>
internal static class JsonFile
{
    /// <summary>Reads a file that contains an object.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="ModelException">The file is not valid JSON, or not an object.</exception>
    public static JsonObject ReadObject(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new ModelException($"'{path}' is not a JSON object.");
        }
        catch (JsonException cause)
        {
            throw new ModelException($"'{path}' is not valid JSON: {cause.Message}", cause);
        }
    }
}
