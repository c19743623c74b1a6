using System.CommandLine;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary>The options that set the format of generated texts.</summary>
internal sealed class FormatOptions
{
    private readonly Option<string?> _format = new("--format") { Description = "Generate a JSON object (json)." };

    private readonly Option<string?> _schema = new("--schema")
    {
        Description = "JSON Schema file: generate a JSON value that the schema allows.",
    };

    private readonly Option<string?> _regex = new("--regex")
    {
        Description = "Generate a text that this regular expression matches as a whole.",
    };

    /// <summary>Restricts the values.</summary>
    public FormatOptions() => _format.AcceptOnlyFromAmong("json");

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_format, _schema, _regex];

    /// <summary>Returns the format; null if none is set.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="OptionsException">There are two formats, or the schema or regular expression is not supported.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public ITokenFormat? Of(ParseResult result, OpenedModel model)
    {
        string[] given = [.. All.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
        if (given.Length > 1)
            throw new OptionsException($"{string.Join(" and ", given)} both set the format of the text. Remove one of them.");
        if (given.Length == 0)
            return null;
        if (result.GetValue(_regex) is { } pattern)
            return OutputFormats.Regex(pattern, model.NeededTokenizer);
        if (result.GetValue(_schema) is not { } file)
            return OutputFormats.Json(model.NeededTokenizer);
        return File.Exists(file) ? OutputFormats.JsonSchema(File.ReadAllText(file), model.NeededTokenizer, file)
            : throw new OptionsException($"The schema file '{file}' does not exist. Name a file with a JSON Schema.");
    }
}
