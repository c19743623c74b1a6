using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Chat;

/// <summary>
/// Options of <c>chat</c>. A conversation becomes one text: of each message its role's template with the message in the
/// place of <c>{content}</c>. Of the assistant's template what stands before <c>{content}</c> is given, like all other
/// messages; the content and what follows it is learnt, and an end of text after it.
/// </summary>
public sealed record ChatOptions
{
    private const string HasContent = @"[\s\S]*\{content\}[\s\S]*";

    /// <summary>
    /// Files, folders and patterns such as <c>chats/*.jsonl</c>, relative to the recipe: JSON Lines (.jsonl, .ndjson; also
    /// .gz). Each line has <c>messages</c>, a list of objects with <c>role</c> (system, user, assistant) and <c>content</c>;
    /// or a prompt and a response, which are a user's message and the assistant's.
    /// </summary>
    [Required, MinLength(1)]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Files to validate on, written like <see cref="Files"/>; null: a share of the conversations is held out.</summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Validation { get; init; }

    /// <summary>Field that holds the prompt.</summary>
    [Required, MinLength(1)]
    public string Prompt { get; init; } = "prompt";

    /// <summary>Field that holds the response.</summary>
    [Required, MinLength(1)]
    public string Response { get; init; } = "response";

    /// <summary>Field that holds the list of messages.</summary>
    [Required, MinLength(1)]
    public string Messages { get; init; } = "messages";

    /// <summary>Template of the messages of the role <c>system</c>.</summary>
    [RegularExpression(HasContent)]
    public string System { get; init; } = "{content}\n";

    /// <summary>Template of the messages of the role <c>user</c>.</summary>
    [RegularExpression(HasContent)]
    public string User { get; init; } = "### User\n{content}\n";

    /// <summary>Template of the messages of the role <c>assistant</c>.</summary>
    [RegularExpression(HasContent)]
    public string Assistant { get; init; } = "### Assistant\n{content}\n";
}
