using System.Text.Json;

namespace Tenon.Host.Native;

/// <summary>Reads the JSON files that the host writes, which may have been damaged or edited since.</summary>
internal static class StoredJson
{
    /// <summary>Makes options refuse duplicate keys, missing values and nulls, instead of replacing them with defaults.</summary>
    /// <param name="options">New options; changed.</param>
    public static JsonSerializerOptions Strict(JsonSerializerOptions options)
    {
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        return options;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="options">The options that it was written with.</param>
    /// <exception cref="JsonException">It is malformed; the message has the line or the key.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static T Read<T>(string path, JsonSerializerOptions options) where T : class
    {
        byte[] content = File.ReadAllBytes(path);
        if (JsonText.Fault(content, out int line) is { } fault)
            throw new JsonException($"Line {line}: {fault}");
        return JsonSerializer.Deserialize<T>(content, options) ?? throw new JsonException("The file contains null.");
    }
}
