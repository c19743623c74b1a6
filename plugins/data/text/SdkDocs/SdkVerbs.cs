namespace Tenon.Text.SdkDocs;

/// <summary>The verbs with which summaries start: <c>Gets the number of elements.</c></summary>
internal static class SdkVerbs
{
    private static readonly string[] Known =
    [
        "Gets or sets", "Gets", "Sets",
        "Adds", "Advances", "Allocates", "Appends", "Applies", "Begins", "Calculates", "Changes", "Checks", "Clears", "Closes", "Combines",
        "Compares", "Computes", "Concatenates", "Configures", "Contains", "Converts", "Copies", "Creates", "Decodes", "Decrements",
        "Defines", "Deletes", "Describes", "Determines", "Disables", "Emits", "Enables", "Encodes", "Ensures", "Executes", "Extracts",
        "Filters", "Finds", "Flushes", "Formats", "Generates", "Handles", "Identifies", "Implements", "Increments", "Indicates",
        "Initializes", "Inserts", "Invokes", "Loads", "Moves", "Multiplies", "Notifies", "Obtains", "Opens", "Parses", "Performs",
        "Produces", "Projects", "Provides", "Queries", "Reads", "Receives", "Registers", "Releases", "Removes", "Replaces", "Represents",
        "Resets", "Retrieves", "Returns", "Reverses", "Searches", "Sends", "Serializes", "Sorts", "Specifies", "Splits", "Starts", "Stops",
        "Subtracts", "Supports", "Tests", "Transforms", "Updates", "Validates", "Verifies", "Wraps", "Writes",
    ];

    /// <summary>Returns the verb with which a text starts, as it is written there; null if it starts with something else.</summary>
    /// <param name="text">The text.</param>
    public static string? Find(string text) => Known.FirstOrDefault(verb =>
        text.Length > verb.Length && text[verb.Length] == ' ' && text.StartsWith(verb, StringComparison.Ordinal));

    /// <summary>Returns a verb as it is written inside a sentence: <c>gets or sets</c>.</summary>
    /// <param name="verb">One of the known verbs.</param>
    public static string InSentence(string verb) => verb.ToLowerInvariant();

    /// <summary>Returns the base form of a verb: <c>get or set</c>, <c>apply</c>, <c>search</c>.</summary>
    /// <param name="verb">One of the known verbs.</param>
    public static string BaseForm(string verb) => string.Join(' ', InSentence(verb).Split(' ').Select(word => word switch
    {
        "or" => word,
        [.. var stem, 'i', 'e', 's'] => $"{stem}y",
        _ when word.EndsWith("ches", StringComparison.Ordinal) || word.EndsWith("shes", StringComparison.Ordinal) => word[..^2],
        _ => word[..^1],
    }));
}
