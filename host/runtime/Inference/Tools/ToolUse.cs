using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Tools;

/// <summary>The functions of a request.</summary>
/// <param name="Description">The functions as the chat template reads them: a JSON list in OpenAI's format.</param>
/// <param name="Syntax">How the model writes calls.</param>
/// <param name="Callable">The functions that it may call.</param>
/// <param name="IsForced">Whether it must call one.</param>
/// <param name="AllowsSeveral">Whether a reply may have several calls.</param>
internal sealed record ToolUse(
    string Description, ToolCallSyntax Syntax, IReadOnlyList<Tool> Callable, bool IsForced, bool AllowsSeveral)
{
    /// <summary>The text with which the reply starts.</summary>
    public string Start => IsForced ? Syntax.Start : "";

    /// <summary>Applies the functions to the options of the reply.</summary>
    /// <param name="sampling">The options, without a format.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="OptionsException">A schema is malformed, has keywords that are not supported, or allows no value.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public SamplingOptions Apply(SamplingOptions sampling, ITokenizer tokenizer) =>
        IsForced ? sampling with { Format = Syntax.Format(Callable, AllowsSeveral, tokenizer) }
        : AllowsSeveral || Syntax.End is not { } end ? sampling
        : sampling with { Stop = [.. sampling.Stop ?? [], end] };

    /// <summary>Returns a reader of a reply.</summary>
    public IToolCallReader Reader() => Syntax.Reader(Callable, IsForced, AllowsSeveral);

    /// <summary>Returns a name that several functions have; null if there is none.</summary>
    public static string? RepeatedName(IEnumerable<Tool> tools) =>
        tools.CountBy(tool => tool.Name).FirstOrDefault(entry => entry.Value > 1).Key;

    /// <summary>Explains that a function is not among those of the request.</summary>
    /// <param name="choice">The field or option that names it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="field">The field or option with the functions.</param>
    /// <param name="tools">The functions.</param>
    public static string Unknown(string choice, string name, string field, IReadOnlyList<Tool> tools)
    {
        string[] names = [.. tools.Select(tool => tool.Name)];
        return $"'{choice}' names the function '{name}', which is not in '{field}'.{NearestName.Question(name, names)} Allowed: " +
            $"{string.Join(", ", names)}.";
    }
}
