using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tenon.Host.Artifacts;
using Tenon.Server.Http;

namespace Tenon.Server.Runs;

/// <summary>The runs in a folder, which the page shows: <c>GET /tenon/v1/runs</c>, their metrics and their files.</summary>
internal sealed class RunsEndpoints
{
    private const string RunName = "run";
    private const string FileName = "file";
    private const string Start = "from";
    private const string Running = "running", Finished = "finished", Stopped = "stopped";

    private static readonly ApiParameter Run = new(RunName, "Name of the run.", JsonSchemas.Text);

    private readonly RunsFolder _runs;

    private RunsEndpoints(RunsFolder runs) => _runs = runs;

    /// <summary>The endpoints.</summary>
    /// <param name="folder">The folder's full path; null for none.</param>
    public static IEnumerable<ApiEndpoint> Of(string? folder) =>
        folder is null ? [] : new RunsEndpoints(new RunsFolder(folder)).All();

    private ApiEndpoint[] All() =>
    [
        new("GET", "/tenon/v1/runs", "Lists the runs, newest first.", ListAsync)
        {
            Answer = () => JsonSchemas.Object(("object", JsonSchemas.OneOf("list")), ("data", JsonSchemas.List(JsonSchemas.Object(
                ("name", JsonSchemas.Text()), ("state", State()), ("updated", JsonSchemas.Integer()))))),
        },
        new("GET", "/tenon/v1/runs/metrics", "Returns the state of a run and the next part of its metrics.", MetricsAsync)
        {
            Parameters =
            [
                Run, new ApiParameter(Start, "Where the part starts: 'next' of the last answer.", JsonSchemas.Integer) { IsNeeded = false },
            ],
            Answer = () => JsonSchemas.Object(
                ("name", JsonSchemas.Text()), ("state", State()), ("updated", JsonSchemas.Integer()),
                ("steps", JsonSchemas.Nullable(JsonSchemas.Integer())), ("from", JsonSchemas.Integer()), ("next", JsonSchemas.Integer()),
                ("lines", JsonSchemas.List(JsonSchemas.Map())), ("samples", JsonSchemas.List(JsonSchemas.Text())),
                ("plots", JsonSchemas.List(JsonSchemas.Text()))),
        },
        new("GET", "/tenon/v1/runs/file", "Returns a plot or a sample of a run: an image (PNG) or a text.", FileAsync)
        {
            Parameters = [Run, new ApiParameter(FileName, "One of 'samples' or 'plots' of the run.", JsonSchemas.Text)],
            AnswerType = "image/png",
        },
    ];

    private Task ListAsync(HttpContext context) => context.WriteJsonAsync(new JsonObject
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. _runs.All().Select(run => Describe(run.Name, run.Folder))]),
    });

    private Task MetricsAsync(HttpContext context)
    {
        (string name, RunFolder run) = Find(context);
        MetricLines part = MetricLines.Read(run.Metrics, From(context));
        JsonObject json = Describe(name, run);
        json["steps"] = Steps(run);
        json["from"] = part.From;
        json["next"] = part.Next;
        json["lines"] = part.Lines;
        json["samples"] = Names(RunsFolder.SamplesOf(run));
        json["plots"] = Names(RunsFolder.PlotsOf(run));
        return context.WriteJsonAsync(json);
    }

    private async Task FileAsync(HttpContext context)
    {
        (string name, RunFolder run) = Find(context);
        string wanted = Parameter(context, FileName);
        string file = RunsFolder.PlotsOf(run).Concat(RunsFolder.SamplesOf(run)).FirstOrDefault(each => each == wanted)
            ?? throw ApiException.NotFound(FileName, $"The run '{name}' has no plot or sample with this name. " +
                "/tenon/v1/runs/metrics lists them.");
        byte[] content = await File.ReadAllBytesAsync(run.File(file), context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = Path.GetExtension(file) == ".png" ? "image/png" : HttpResponses.PlainText;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
    }

    private (string Name, RunFolder Folder) Find(HttpContext context)
    {
        string name = Parameter(context, RunName);
        return _runs.Find(name) is { } run ? (name, run)
            : throw ApiException.NotFound(RunName, "There is no run with this name. /tenon/v1/runs lists the runs.");
    }

    private static string Parameter(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 } value]
        ? value : throw ApiException.Invalid(name, $"The address has no '{name}', or several.");

    private static long From(HttpContext context) => context.Request.Query[Start] switch
    {
        [] => 0,
        [{ } text] when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long from) => from,
        _ => throw ApiException.Invalid(Start, $"'{Start}' must be an integer, 0 or more."),
    };

    private static JsonObject Describe(string name, RunFolder run) => new()
    {
        ["name"] = name,
        ["state"] = run.IsHeld() ? Running : File.Exists(run.Summary) ? Finished : Stopped,
        ["updated"] = new DateTimeOffset(RunsFolder.Changed(run)).ToUnixTimeSeconds(),
    };

    // The steps that the recipe asks for; null if its strategy does not train.
    private static long? Steps(RunFolder run) =>
        JsonFile.ReadObject(run.Recipe)["training"]?["steps"] is JsonValue steps && steps.TryGetValue(out long count) ? count : null;

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);

    private static JsonObject State() => JsonSchemas.OneOf(Running, Finished, Stopped);
}
