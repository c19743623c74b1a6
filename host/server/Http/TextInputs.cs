using Tenon.Host.Models;

namespace Tenon.Server.Http;

/// <summary>The field <c>input</c> of requests that read whole texts.</summary>
internal static class TextInputs
{
    /// <summary>Reads the texts.</summary>
    /// <param name="body">The request.</param>
    /// <param name="most">Maximum number of texts.</param>
    /// <exception cref="ApiException">There are none or too many, or a text is empty.</exception>
    public static IReadOnlyList<string> Read(RequestBody body, int most)
    {
        body.Needed("input");
        return body.Texts("input", most, allowsEmpty: false);
    }

    /// <summary>Does work on texts, and refuses them if the model does not read them to their ends. Called on the model's thread.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="ApiException">A text is too long.</exception>
    public static T Whole<T>(OpenedModel opened, Func<T> work)
    {
        long before = opened.TruncatedInputs;
        T result = work();
        return opened.TruncatedInputs == before ? result : throw ApiException.Invalid(
            "input", $"{opened.TruncatedInputs - before} of the texts have more tokens than the model reads. Shorten or split them.");
    }
}
