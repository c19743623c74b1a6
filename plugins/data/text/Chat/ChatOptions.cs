using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Chat;

/// <summary>
/// Options of <c>chat</c>. A conversation becomes one text: each message is formatted with its role's template, in which the
/// message replaces <c>{content}</c>. The loss covers the assistant's messages, the rest of the assistant's template after
/// <c>{content}</c>, and the end of text after it; everything else is context.
/// </summary>
public sealed record ChatOptions
{
    private const string HasContent = @"[\s\S]*\{content\}[\s\S]*";

    /// <summary>
    /// Files, folders and patterns such as <c>chats/*.jsonl</c>, relative to the recipe: JSON Lines (.jsonl, .ndjson; also
    /// .gz). Each line has either <c>messages</c>, a list of objects with <c>role</c> (system, user, assistant) and
    /// <c>content</c>, or a prompt and a response, which become a user message and an assistant message.
    /// </summary>
    [Required, MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>
    /// Validation files, in the same format as <see cref="Files"/>. By default, a share of the conversations is held out.
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

    /// <summary>Field of the list of messages.</summary>
    [Required, MinLength(1)]
    public string Messages { get; init; } = "messages";

    /// <summary>Template of messages with the role <c>system</c>.</summary>
    [RegularExpression(HasContent)]
    public string System { get; init; } = "{content}\n";

    /// <summary>Template of messages with the role <c>user</c>.</summary>
    [RegularExpression(HasContent)]
    public string User { get; init; } = "### User\n{content}\n";

    /// <summary>Template of messages with the role <c>assistant</c>.</summary>
    [RegularExpression(HasContent)]
    public string Assistant { get; init; } = "### Assistant\n{content}\n";
}
