using Microsoft.AspNetCore.Http;
using Tenon.Server.Http;

namespace Tenon.Server.Page;

/// <summary>
/// The page at <c>/</c>: chats and draws images with the served models, and shows runs. Its files are part of the assembly, and it loads
/// nothing from anywhere else.
/// </summary>
internal static class StaticPage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, (string File, string Type)> Files = new(StringComparer.Ordinal)
    {
        ["/"] = ("index.html", "text/html; charset=utf-8"),
        ["/page.css"] = ("page.css", "text/css; charset=utf-8"),
        ["/page.js"] = ("page.js", "text/javascript; charset=utf-8"),
        ["/runs.js"] = ("runs.js", "text/javascript; charset=utf-8"),
    };

    /// <summary>Whether a path is one of the page's. They contain no data, so they need no key.</summary>
    public static bool Includes(PathString path) => Files.ContainsKey(path.Value ?? "");

    /// <summary>The addresses.</summary>
    public static IEnumerable<ApiEndpoint> Endpoints => Files.Select(entry =>
    {
        (string path, (string file, string type)) = entry;
        byte[] content = Read(file);
        string summary = path == "/" ? "The page that chats, draws and shows runs." : "A file of the page.";
        return new ApiEndpoint("GET", path, summary, context => WriteAsync(context, content, type)) { AnswerType = type, NeedsKey = false };
    });

    private static Task WriteAsync(HttpContext context, byte[] content, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-cache";
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }

    private static byte[] Read(string file)
    {
        using Stream stream = typeof(StaticPage).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The assembly has no resource '{file}'.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
