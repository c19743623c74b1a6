using System.Text.Json;

namespace Tenon.Text.Questions;

/// <summary>Reads fields of an object in SQuAD's format.</summary>
internal static class SquadJson
{
    /// <summary>Returns a text that is not blank.</summary>
    /// <param name="element">The object.</param>
    /// <param name="name">Name of the field.</param>
    /// <param name="location">File, line and object, for errors.</param>
    /// <exception cref="DataException">The field is missing or something else.</exception>
    public static string Text(JsonElement element, string name, string location) =>
        Field(element, name, location) is { ValueKind: JsonValueKind.String } text && !string.IsNullOrWhiteSpace(text.GetString())
            ? text.GetString()! : throw Missing(element, name, location, "a text");

    /// <summary>Returns the elements of a list.</summary>
    /// <param name="element">The object.</param>
    /// <param name="name">Name of the field.</param>
    /// <param name="location">File, line and object, for errors.</param>
    /// <exception cref="DataException">The field is missing or something else, or an element is not an object.</exception>
    public static IEnumerable<JsonElement> List(JsonElement element, string name, string location)
    {
        if (Field(element, name, location) is not { ValueKind: JsonValueKind.Array } list
            || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
            throw Missing(element, name, location, "a list of objects");
        return list.EnumerateArray();
    }

    /// <summary>Returns a field, or null.</summary>
    /// <param name="element">The object.</param>
    /// <param name="name">Name of the field.</param>
    /// <param name="location">File, line and object, for errors.</param>
    /// <exception cref="DataException">The object has the field twice.</exception>
    public static JsonElement? Field(JsonElement element, string name, string location) => JsonLine.Field(element, name, () => location);

    private static DataException Missing(JsonElement element, string name, string location, string wanted) => new(
        $"{location}: '{name}' {(Field(element, name, location) is null ? "is missing" : "has the wrong type or is empty")}. It must be " +
        $"{wanted}.");
}
