namespace Tenon.Tokenizers.Jinja;

/// <summary>A name or member that does not exist. It prints as nothing, is false and empty, and cannot be used otherwise.</summary>
/// <param name="Name">What was looked up.</param>
internal sealed record Undefined(string Name);
