namespace Tenon.Host.Inference.Tools;

/// <summary>A function that a model may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">JSON Schema of its arguments; null for a function without arguments.</param>
/// <param name="Source">Where the schema is, for messages.</param>
internal sealed record Tool(string Name, string? Parameters, string Source);

/// <summary>A call that a model wrote.</summary>
/// <param name="Name">Name of the function.</param>
/// <param name="Arguments">Its arguments, a JSON object.</param>
internal sealed record ToolCall(string Name, string Arguments);

/// <summary>What became certain when a part of a reply was read.</summary>
/// <param name="Text">Text that is not part of a call.</param>
/// <param name="Calls">Calls.</param>
internal sealed record ToolCallPart(string Text, IReadOnlyList<ToolCall> Calls);
