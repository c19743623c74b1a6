using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Host.Artifacts;

/// <summary>JSON files of model folders.</summary>
internal static class JsonFile
{
    /// <summary>Reads a file that contains an object.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="ModelException">The file is not valid JSON, contains an invalid string, or is not an object.</exception>
    public static JsonObject ReadObject(string path) =>
        Read(path) as JsonObject ?? throw new ModelException($"'{path}' is not a JSON object.");

    /// <summary>Reads a file that contains a list.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="ModelException">The file is not valid JSON, contains an invalid string, or is not a list.</exception>
    public static JsonArray ReadArray(string path) => Read(path) as JsonArray ?? throw new ModelException($"'{path}' is not a JSON array.");

    private static JsonNode? Read(string path)
    {
        try
        {
            byte[] content = File.ReadAllBytes(path);
            if (GitLfsPointer.Is(content))
                throw new ModelException($"'{path}' {GitLfsPointer.Advice}.");
            ReadOnlySpan<byte> json = content.AsSpan().StartsWith(Encoding.UTF8.Preamble)
                ? content.AsSpan(Encoding.UTF8.Preamble.Length) : content;
            if (JsonText.Fault(json, out int line) is { } fault)
                throw new ModelException($"{path}:{line}: {fault}");
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException cause)
        {
            throw new ModelException($"'{path}' is not valid JSON: {cause.Message}", cause);
        }
    }
}
