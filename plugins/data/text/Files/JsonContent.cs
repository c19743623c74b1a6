using System.Text.Json;
using System.Text.Unicode;

namespace Tenon.Text.Files;

/// <summary>The content of a JSON file that holds many examples, as bytes.</summary>
internal static class JsonContent
{
    /// <summary>Reads a file without its byte order mark.</summary>
    /// <param name="inflated">Decompresses files.</param>
    /// <param name="file">Its path.</param>
    /// <exception cref="DataException">The file is a Git LFS pointer, or not UTF-8.</exception>
    public static ReadOnlyMemory<byte> Read(InflatedFiles inflated, string file)
    {
        ReadOnlyMemory<byte> content = File.ReadAllBytes(inflated.Content(file));
        ReadOnlyMemory<byte> json = content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;
        if (GitLfsPointer.Is(json.Span))
            throw new DataException($"{file} {GitLfsPointer.Advice}.");
        if (!Utf8.IsValid(json.Span))
            throw new DataException($"{file}: the file is not valid UTF-8. Convert it from its encoding: iconv -f WINDOWS-1252 -t UTF-8.");
        return json;
    }

    /// <summary>Whether a file contains nothing but white space.</summary>
    /// <param name="json">Its content.</param>
    public static bool IsBlank(ReadOnlySpan<byte> json) => json.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    /// <summary>Converts an error of the JSON reader.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="fault">The error.</param>
    public static DataException Invalid(string file, JsonException fault) => new(
        $"{file}:{fault.LineNumber + 1}: the file is not valid JSON: {fault.Message.Split(" LineNumber:")[0]} Correct it.", fault);
}
