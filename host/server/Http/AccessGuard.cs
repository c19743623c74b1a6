using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tenon.Server.Page;

namespace Tenon.Server.Http;

/// <summary>
/// Decides who may use the server. Web pages must not reach a local server: neither by a name that resolves to this machine (the
/// header <c>Host</c>), nor from another origin, nor with a form (only JSON is accepted). Another address needs a key.
/// </summary>
internal sealed class AccessGuard
{
    /// <summary>The address that reports that the server runs; it needs no key.</summary>
    public const string Health = "/health";

    private static readonly string[] LocalNames = ["localhost", "127.0.0.1", "[::1]"];

    private readonly bool _isLocal;
    private readonly byte[]? _keyHash;

    /// <summary>Creates the guard.</summary>
    /// <param name="options">Address and key.</param>
    /// <exception cref="ArgumentException">The address is not a loopback address, and there is no key.</exception>
    public AccessGuard(ServerOptions options)
    {
        _isLocal = IPAddress.IsLoopback(options.Address);
        if (!_isLocal && options.ApiKey is null)
            throw new ArgumentException("A server that other machines reach needs an API key.", nameof(options));
        _keyHash = options.ApiKey is { } key ? Hash(key) : null;
    }

    /// <summary>Checks a request.</summary>
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        if (_isLocal && !LocalNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
            throw ApiException.Forbidden($"The header 'Host' must be one of {string.Join(", ", LocalNames)}.");
        if (request.Headers.Origin is { Count: > 0 } origin && origin != $"{request.Scheme}://{request.Host}")
            throw ApiException.Forbidden("Requests from other origins are not allowed.");
        if (_keyHash is not null && request.Path != Health && !StaticPage.Includes(request.Path) && !HasKey(request))
            throw ApiException.Unauthorized();
        if (HttpMethods.IsPost(request.Method) && !IsJson(request.ContentType))
            throw ApiException.WrongContentType(request.ContentType);
        return next(context);
    }

    // The hashes have equal lengths, and comparing them takes the same time for every key.
    private bool HasKey(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out AuthenticationHeaderValue? header)
        && header is { Scheme: var scheme, Parameter: { } key }
        && string.Equals(scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(key), _keyHash);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase);

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
