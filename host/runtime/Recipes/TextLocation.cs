using System.Text.Json;

namespace Tenon.Host.Recipes;

/// <summary>Location of a key in a text, with its JSON kind.</summary>
/// <param name="Source">Name of the text in findings.</param>
/// <param name="Line">Line from 1; null if lines are not meaningful.</param>
/// <param name="Kind">The JSON value's kind.</param>
/// <param name="Prefix">Prefix of the key in findings: the pipeline stage that it belongs to; empty if there is none.</param>
internal readonly record struct TextLocation(string Source, int? Line, JsonValueKind Kind, string Prefix = "");
