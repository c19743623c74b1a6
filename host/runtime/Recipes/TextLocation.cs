using System.Text.Json;

namespace Tenon.Host.Recipes;

/// <summary>Where a key stands in a text, and what JSON it holds.</summary>
/// <param name="Source">What findings call the text.</param>
/// <param name="Line">From 1; null when nobody can look a line up.</param>
/// <param name="Kind">The JSON value's kind.</param>
/// <param name="Prefix">What findings put before the key: the stage of a pipeline that it belongs to; empty for none.</param>
internal readonly record struct TextLocation(string Source, int? Line, JsonValueKind Kind, string Prefix = "");
