using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Plugins;

namespace Tenon.Host.Artifacts;

/// <summary>JSON files of model folders.</summary>
internal static class JsonFile
{
    /// <summary>Reads a file that contains an object.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="ModelException">The file is not valid JSON, not an object, or contains strings that are not text.</exception>
    public static JsonObject ReadObject(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            if (JsonStrings.Line(Encoding.UTF8.GetBytes(text)) is { } line)
                throw new ModelException($"'{path}', line {line}, contains {JsonStrings.Error}.");
            return JsonNode.Parse(text) as JsonObject ?? throw new ModelException($"'{path}' is not a JSON object.");
        }
        catch (JsonException cause)
        {
            throw new ModelException($"'{path}' is not valid JSON: {cause.Message}", cause);
        }
    }
}
