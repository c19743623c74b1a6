namespace Tenon.Tokenizers.Jinja;

/// <summary>Something that can be called: a macro, a method bound to its object, or a global function.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Call">From arguments to a value.</param>
internal sealed record Function(string Name, Func<Arguments, object?> Call);
