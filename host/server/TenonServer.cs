using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tenon.Server.Http;
using Tenon.Server.OpenAi;
using Tenon.Server.Page;
using Tenon.Server.Runs;
using Tenon.Server.Tasks;

namespace Tenon.Server;

/// <summary>Serves models over HTTP, in OpenAI's format.</summary>
internal sealed class TenonServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ServedModels _models;
    private readonly ServerOptions _options;

    private TenonServer(WebApplication application, ServedModels models, ServerOptions options) =>
        (_application, _models, _options) = (application, models, options);

    /// <summary>The address with the port in use.</summary>
    public Uri Address =>
        new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The addresses that it answers.</summary>
    public IEnumerable<RouteEndpoint> Routes =>
        _application.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>Starts to listen.</summary>
    /// <param name="options">Address, key and limits.</param>
    /// <param name="models">The models; owned by the server, also if it does not start.</param>
    /// <param name="log">Adds destinations of the log; null for none.</param>
    /// <exception cref="ArgumentException">The address needs a key, and there is none.</exception>
    /// <exception cref="IOException">The address cannot be used.</exception>
    public static async Task<TenonServer> StartAsync(
        ServerOptions options, IReadOnlyList<ServedModel> models, Action<ILoggingBuilder>? log = null)
    {
        var guard = new AccessGuard(options);
        // Empty: settings come from the command line only, never from files or variables of ASP.NET.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTime);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.None);
        log?.Invoke(builder.Logging);
        var served = new ServedModels(models);
        var metrics = new ServerMetrics(served);
        WebApplication application = builder.Build();
        var server = new TenonServer(application, served, options);
        var requests = new RequestPipeline(metrics, application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Tenon.Server"));
        application.Use(requests.HandleAsync);
        application.Use(guard.CheckAsync);
        Map(application, served, metrics, options);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return server;
        }
        catch (Exception failure) when (failure is SocketException or IOException { InnerException: AddressInUseException })
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new IOException(failure is SocketException
                ? $"Port {options.Port} of {options.Address} cannot be used: {failure.Message}. Choose others with --host and --port."
                : $"Port {options.Port} of {options.Address} is in use by another program. Choose another with --port.", failure);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Refuses new requests, waits for those that run until the time is over, and frees the models.</summary>
    public async ValueTask DisposeAsync()
    {
        // The texts end before the connections, so that their requests report how they ended.
        Task texts = _models.StopAsync(_options.StopTime);
        await _application.StopAsync().ConfigureAwait(false);
        await texts.ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        await _models.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = 2048;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Listen(new IPEndPoint(options.Address, options.Port), listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static void Map(WebApplication application, ServedModels models, ServerMetrics metrics, ServerOptions options)
    {
        List<ApiEndpoint> endpoints = [.. Endpoints(models, metrics, options)];
        endpoints.Add(new ApiEndpoint(
            "GET", "/openapi.json", "Describes the server in OpenAPI 3.1.",
            context => context.WriteJsonAsync(new OpenApiDocument(models, options.ApiKey is not null).Describe(endpoints)))
        {
            Answer = () => JsonSchemas.Map(),
        });
        foreach (ApiEndpoint endpoint in endpoints)
            application.MapMethods(endpoint.Path, [endpoint.Method], endpoint.Handle);
    }

    private static IEnumerable<ApiEndpoint> Endpoints(ServedModels models, ServerMetrics metrics, ServerOptions options)
    {
        var tasks = new TextTasks(models);
        var described = new ModelsEndpoint(models);
        return
        [
            new ChatCompletions(models, metrics).Endpoint,
            new Completions(models, metrics).Endpoint,
            new Embeddings(models, metrics).Endpoint,
            new Images(models).Endpoint,
            tasks.Classify,
            tasks.Fill,
            described.All,
            described.One,
            .. RunsEndpoints.Of(options.Runs),
            new ApiEndpoint("GET", AccessGuard.Health, "Reports that the models are loaded.", context => context.WriteTextAsync("ok\n"))
            {
                AnswerType = HttpResponses.PlainText,
                NeedsKey = false,
            },
            new ApiEndpoint("GET", "/metrics", "Numbers in Prometheus's format.",
                context => context.WriteTextAsync(metrics.Text(), PrometheusText.ContentType))
            {
                AnswerType = PrometheusText.ContentType,
            },
            .. StaticPage.Endpoints,
        ];
    }

    // Signals are the program's.
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
