using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Chat;

/// <summary>Options of <c>chat</c>.</summary>
public sealed record ChatOptions
{
    /// <summary>
    /// Files, folders and patterns such as <c>chats/*.jsonl</c>, relative to the recipe: JSON Lines (.jsonl, .ndjson) or a JSON list
    /// (.json); also .gz. Each conversation has one of four formats, recognized by its fields: <c>messages</c> with <c>role</c> and
    /// <c>content</c> (OpenAI), <c>conversations</c> with <c>from</c> and <c>value</c> (ShareGPT), <c>instruction</c>,
    /// <c>input</c> and <c>output</c> (Alpaca), or a prompt and a response.
    /// </summary>
    [Required, MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>
    /// Validation files, in the same formats as <see cref="Files"/>. By default, a share of the conversations is held out.
    /// </summary>
    [MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>Field of the prompt.</summary>
    [Required, MinLength(1)]
    public string Prompt { get; init; } = "prompt";

    /// <summary>Field of the response.</summary>
    [Required, MinLength(1)]
    public string Response { get; init; } = "response";

    /// <summary>
    /// File with the chat template in Jinja, relative to the recipe, which replaces the model's own. Defaults to the template of the
    /// tokenizer, or to a plain one if it has none.
    /// </summary>
    [Path]
    public string? Template { get; init; }
}
