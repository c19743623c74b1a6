using System.Text.RegularExpressions;
using Tenon.Host;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Serving;
using Tenon.Server;

namespace Tenon.Cli.Commands;

/// <summary>The server that <c>tenon serve</c> runs until it is stopped.</summary>
/// <param name="session">The console.</param>
/// <param name="host">The library.</param>
/// <param name="stop">Stops the server.</param>
internal sealed partial class Serving(Session session, TenonHost host, CancellationToken stop)
{
    /// <summary>Serves models.</summary>
    /// <param name="options">Address and key.</param>
    /// <param name="limits">Limits of each model.</param>
    /// <param name="log">Format of the log.</param>
    /// <param name="openings">How the models are opened, with folders of the form FOLDER or NAME=FOLDER.</param>
    /// <exception cref="OptionsException">Two models have the same name.</exception>
    public int Run(ServerOptions options, ServingLimits limits, string log, IReadOnlyList<ModelOpening> openings) =>
        RunAsync(options, log, limits, Named(openings)).GetAwaiter().GetResult();

    private async Task<int> RunAsync(
        ServerOptions options, string log, ServingLimits limits, IReadOnlyList<(string Name, ModelOpening Opening)> openings)
    {
        IReadOnlyList<ServedModel> models = await OpenAsync(openings, limits).ConfigureAwait(false);
        await using TenonServer server = await TenonServer.StartAsync(options, models, ServerLog.Of(log)).ConfigureAwait(false);
        foreach (ServedModel model in models)
            session.Line($"{model.Name}   {model.Traits.Description}   {string.Join(", ", model.Traits.Tasks)}");
        session.Line($"Listening on {server.Address}v1{(options.ApiKey is null ? "" : ", with an API key")}. Ctrl+C stops.");
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        session.Note($"Stopping: requests have {options.StopTime.TotalSeconds:0.###} seconds to finish. Press Ctrl+C again to exit " +
            "immediately.");
        return ExitCode.Done;
    }

    private async Task<IReadOnlyList<ServedModel>> OpenAsync(
        IReadOnlyList<(string Name, ModelOpening Opening)> openings, ServingLimits limits)
    {
        List<ServedModel> models = [];
        try
        {
            foreach ((string name, ModelOpening opening) in openings)
            {
                stop.ThrowIfCancellationRequested();
                ServedModel model = await ServedModel.OpenAsync(host, name, opening, limits).ConfigureAwait(false);
                models.Add(model);
                foreach (string remark in model.Remarks)
                    session.Note($"{name}: {remark}");
            }

            return models;
        }
        catch
        {
            foreach (ServedModel model in models)
                await model.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static (string Name, ModelOpening Opening)[] Named(IReadOnlyList<ModelOpening> openings)
    {
        (string Name, ModelOpening Opening)[] named = [.. openings.Select(Split)];
        if (named.CountBy(each => each.Name).FirstOrDefault(entry => entry.Value > 1) is { Key: { } name })
        {
            throw new OptionsException(
                $"Several folders have the name '{name}'. Set another: tenon serve {name}-1={named[0].Opening.Folder} …");
        }

        return named;

        static (string Name, ModelOpening Opening) Split(ModelOpening opening)
        {
            if (!Directory.Exists(opening.Folder) && NameAndFolder().Match(opening.Folder) is { Success: true } match)
                return (match.Groups["name"].Value, opening with { Folder = match.Groups["folder"].Value });
            string own = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(opening.Folder)));
            return (NotInNames().Replace(own, "-"), opening);
        }
    }

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9._-]+)=(?<folder>.+)$")]
    private static partial Regex NameAndFolder();

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NotInNames();
}
