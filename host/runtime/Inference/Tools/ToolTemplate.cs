using System.Text.RegularExpressions;

namespace Tenon.Host.Inference.Tools;

/// <summary>What a model's chat template knows of functions.</summary>
/// <param name="HasTools">Whether it shows functions, calls and results to the model.</param>
/// <param name="Calls">How the model writes calls; null if the template has no tools, or the form is not known.</param>
internal sealed partial record ToolTemplate(bool HasTools, ToolCallSyntax? Calls)
{
    /// <summary>A template without tools.</summary>
    public static ToolTemplate None { get; } = new(false, null);

    /// <summary>Reads the chat template of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer; null for none.</param>
    // An encoder-decoder reads the conversation with its encoder, so that a reply cannot be started for it.
    public static ToolTemplate Of(ICausalLanguageModel model, ITokenizer? tokenizer) =>
        model is not IEncoderDecoder && tokenizer?.ChatTemplate?.ToolSource is { } source && Tools().IsMatch(source)
            ? new ToolTemplate(true, ToolCallSyntax.Of(source)) : None;

    /// <summary>Explains why functions are refused if <see cref="Calls"/> is null.</summary>
    /// <param name="field">The field or option with the functions.</param>
    /// <param name="model">Name of the model.</param>
    public string Refusal(string field, string model) => HasTools
        ? $"'{field}' is not supported by the model '{model}': its chat template has tools, but calls in a form that is not known. " +
            $"Known: {string.Join(", ", ToolCallSyntax.All.Select(known => known.Example))}."
        : $"'{field}' is not supported by the model '{model}', whose chat template has no tools. Remove it.";

    [GeneratedRegex(@"\btools\b")]
    private static partial Regex Tools();
}
