using System.Text.RegularExpressions;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Models;
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
    /// <param name="adapters">Adapters that share the models, of the form FOLDER or NAME=FOLDER, with an optional scale.</param>
    /// <exception cref="OptionsException">Two models have the same name.</exception>
    public int Run(
        ServerOptions options, ServingLimits limits, string log, IReadOnlyList<ModelOpening> openings, IReadOnlyList<string> adapters)
    {
        (string Name, string Folder)[] named = [.. openings.Select(opening => Split(opening.Folder)), .. adapters.Select(Split)];
        if (named.CountBy(each => each.Name).FirstOrDefault(entry => entry.Value > 1) is { Key: { } name })
            throw new OptionsException($"Several folders have the name '{name}'. Set another: tenon serve {name}-1={named[0].Folder} …");
        return RunAsync(
            options, log, limits,
            [.. openings.Zip(named, (opening, each) =>
                (each.Name, opening with { Folder = each.Folder, HasAdapters = adapters.Count > 0 }))],
            [.. named.Skip(openings.Count).Select(each => (each.Name, AdapterChoice.Parse(each.Folder)))]).GetAwaiter().GetResult();
    }

    private async Task<int> RunAsync(
        ServerOptions options, string log, ServingLimits limits, IReadOnlyList<(string Name, ModelOpening Opening)> openings,
        IReadOnlyList<(string Name, AdapterChoice Choice)> adapters)
    {
        IReadOnlyList<ServedModel> models = await OpenAsync(openings, adapters, limits).ConfigureAwait(false);
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
        IReadOnlyList<(string Name, ModelOpening Opening)> openings, IReadOnlyList<(string Name, AdapterChoice Choice)> adapters,
        ServingLimits limits)
    {
        List<ServedModel> models = [];
        try
        {
            foreach ((string name, ModelOpening opening) in openings)
                Add(await ServedModel.OpenAsync(host, name, opening, limits).ConfigureAwait(false));
            foreach ((string name, AdapterChoice adapter) in adapters)
            {
                ServedModel model = models[IndexOfBase(adapter, [.. openings.Select(each => each.Opening.Folder)])];
                Add(await model.OpenAdapterAsync(host, name, adapter).ConfigureAwait(false));
            }

            return models;
        }
        catch
        {
            foreach (ServedModel model in Enumerable.Reverse(models))
                await model.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        void Add(ServedModel model)
        {
            models.Add(model);
            foreach (string remark in model.Remarks)
                session.Note($"{model.Name}: {remark}");
            stop.ThrowIfCancellationRequested();
        }
    }

    // The only model, or the one that the adapter names.
    private static int IndexOfBase(AdapterChoice adapter, string[] folders)
    {
        if (folders.Length == 1)
            return 0;
        AdapterFolder found = AdapterFolder.Find(adapter.Folder) ?? throw new ModelException(
            $"'{adapter.Folder}' is not an adapter folder: it has no {AdapterFolder.ConfigurationFile}.");
        string wanted = Whole(found.BaseModel);
        int index = Array.FindIndex(folders, folder => Whole(folder) == wanted);
        return index >= 0 ? index : throw new ModelException(
            $"The adapter in '{adapter.Folder}' was trained on the model in '{wanted}', which is not served. Add that folder.");
    }

    private static (string Name, string Folder) Split(string folder)
    {
        if (!Directory.Exists(folder) && NameAndFolder().Match(folder) is { Success: true } match)
            return (match.Groups["name"].Value, match.Groups["folder"].Value);
        string own = Directory.Exists(folder) ? folder : AdapterChoice.Parse(folder).Folder;
        return (NotInNames().Replace(Path.GetFileName(Whole(own)), "-"), folder);
    }

    private static string Whole(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9._-]+)=(?<folder>.+)$")]
    private static partial Regex NameAndFolder();

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NotInNames();
}
