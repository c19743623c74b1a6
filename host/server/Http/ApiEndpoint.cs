using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Tenon.Server.Http;

/// <summary>An address of the server: what handles its requests, and what the server's description says about it.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path, with names of its variable parts in braces.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Handle">Handles a request.</param>
internal sealed record ApiEndpoint(string Method, string Path, string Summary, RequestDelegate Handle)
{
    /// <summary>The fields of its body, without the model.</summary>
    public IReadOnlyList<RequestField> Fields { get; init; } = [];

    /// <summary>Fields that it refuses.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>Variable parts of the path, and parameters in the query.</summary>
    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>Whether a model can be used for it; null if requests name no model.</summary>
    public Func<ModelTraits, bool>? Suits { get; init; }

    /// <summary>A request, without its model; null if it has no body.</summary>
    public Func<ServedModel, JsonObject>? Example { get; init; }

    /// <summary>The content type of the answer.</summary>
    public string AnswerType { get; init; } = "application/json";

    /// <summary>The JSON Schema of the answer; null if it is not JSON.</summary>
    public Func<JsonObject>? Answer { get; init; }

    /// <summary>The JSON Schema of an event, if the answer can be a stream; otherwise null.</summary>
    public Func<JsonObject>? Event { get; init; }

    /// <summary>Whether it needs the key of a server that has one.</summary>
    public bool NeedsKey { get; init; } = true;
}

/// <summary>A parameter in an address.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is.</param>
/// <param name="Schema">The schema of its values.</param>
internal sealed record ApiParameter(string Name, string Description, Func<JsonObject> Schema)
{
    /// <summary>Whether it is a part of the path instead of the query.</summary>
    public bool IsInPath { get; init; }

    /// <summary>Whether a request must have it.</summary>
    public bool IsNeeded { get; init; } = true;
}
