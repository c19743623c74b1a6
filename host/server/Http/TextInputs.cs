using System.Text.Json.Nodes;
using Tenon.Host.Models;

namespace Tenon.Server.Http;

/// <summary>The field <c>input</c> of requests that read whole texts.</summary>
internal static class TextInputs
{
    private const string Name = "input";

    /// <summary>The field.</summary>
    /// <param name="most">Maximum number of texts.</param>
    public static TextsField Field(int most) => new(Name, most, allowsEmpty: false, "The texts.") { IsNeeded = true };

    /// <summary>A request with texts.</summary>
    public static JsonObject Example(params IEnumerable<string> texts) =>
        new() { [Name] = new JsonArray([.. texts.Select(text => (JsonNode)text)]) };

    /// <summary>Does work on texts, and refuses them if the model does not read them to their ends. Called on the model's thread.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="ApiException">A text is too long.</exception>
    public static T Whole<T>(OpenedModel opened, Func<T> work)
    {
        long before = opened.TruncatedInputs;
        T result = work();
        return opened.TruncatedInputs == before ? result : throw ApiException.Invalid(
            Name, $"{opened.TruncatedInputs - before} of the texts have more tokens than the model reads. Shorten or split them.");
    }
}
