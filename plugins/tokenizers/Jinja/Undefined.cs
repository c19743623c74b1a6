namespace Tenon.Tokenizers.Jinja;

/// <summary>
/// A name or member that does not exist. It prints as an empty string, is false and empty, and cannot be used in any other way.
/// </summary>
/// <param name="Name">The name that was looked up.</param>
internal sealed record Undefined(string Name);
