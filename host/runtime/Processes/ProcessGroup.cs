using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Processes;

/// <summary>
/// The connection to the other processes of the job: opened by the first run, and kept for further ones until it is disposed,
/// because an engine starts only once in a process.
/// </summary>
/// <param name="launcher">What the launcher reports.</param>
internal sealed class ProcessGroup(Launcher launcher) : IDisposable
{
    private ICommunicator? _all;
    private Mesh? _mesh;
    private string? _use;
    private bool _hasFailed;

    /// <summary>Whether this process is connected to others.</summary>
    public bool IsParallel => _all is { Size: > 1 };

    /// <summary>Connects the processes, if there are several or the recipe requests it.</summary>
    /// <param name="components">Creates the engine.</param>
    /// <param name="choice">The recipe's choice; null for the first engine that plugins provide.</param>
    /// <exception cref="CommunicationException">The processes cannot be connected.</exception>
    /// <exception cref="NotOfferedException">There are several processes, but no plugin connects them.</exception>
    public World Open(ComponentFactory components, ComponentChoice? choice)
    {
        if (choice is null && launcher.Size == 1)
            return World.Single;
        choice ??= First(components.Catalogue);
        if (_all is not null && choice.Use != _use)
            throw new CommunicationException($"The processes are connected by '{_use}'; parallel:use cannot change to '{choice.Use}' in " +
                "the same program.");
        _all ??= Connect(components, choice);
        _use = choice.Use;
        ProcessOptions options = ProcessOptions.Of(choice);
        if (ParallelLayout.Of(options, _all.Size, out (string Key, int, string Message)? error) is not { } layout)
            throw new CommunicationException($"{ComponentKind.Communicator.Section}:{error!.Value.Key}: {error.Value.Message}");
        if (_mesh?.Layout != layout)
        {
            _mesh?.Dispose();
            _mesh = new Mesh(_all, layout);
        }

        _mesh.Timeout = options.Timeout;
        return new World(_mesh, options.Zero) { Chunks = options.Chunks, DividesSequence = options.Sequence };
    }

    /// <summary>Ends all processes of the job, if this one is connected to others.</summary>
    /// <param name="exitCode">The exit code of the job.</param>
    public void Abort(int exitCode)
    {
        if (IsParallel)
            _all!.Abort(exitCode);
    }

    /// <summary>
    /// Makes <see cref="Dispose"/> leave the connection open, because other processes still wait for this one: when it exits, the
    /// launcher ends them.
    /// </summary>
    public void Fail() => _hasFailed = true;

    /// <summary>Disconnects the processes. All of them do so at the same time.</summary>
    public void Dispose()
    {
        if (_hasFailed)
            return;
        _mesh?.Dispose();
        _all?.Dispose();
    }

    /// <summary>Reports whether an engine can be used, with its default options, and its version.</summary>
    /// <param name="components">Creates the engine.</param>
    /// <param name="engine">From the catalogue.</param>
    public static Availability Check(ComponentFactory components, ComponentInfo engine)
    {
        Chosen<ICommunicatorFactory> chosen = components.Make<ICommunicatorFactory>(WithDefaults(engine));
        return chosen.Component.Check(chosen.Options);
    }

    private static ComponentChoice WithDefaults(ComponentInfo engine) => new(
        ComponentKind.Communicator, engine.Name, null,
        new ConfigurationBuilder().Build().GetSection(ComponentKind.Communicator.Section));

    private ComponentChoice First(PluginCatalogue catalogue) => catalogue.OfKind(ComponentKind.Communicator).FirstOrDefault() is { } first
        ? WithDefaults(first)
        : throw new NotOfferedException($"{launcher.Size} processes were started ({launcher.Variable}), but no plugin connects them, so " +
            $"each would train and write the same run. Add one to plugins.json, such as tenon.mpi.{catalogue.NotReady}");

    private ICommunicator Connect(ComponentFactory components, ComponentChoice choice)
    {
        Chosen<ICommunicatorFactory> engine = components.Make<ICommunicatorFactory>(choice);
        ICommunicator all = engine.Component.Open(engine.Options);
        if (launcher.Variable is null || launcher.Size == all.Size)
            return all;
        int size = all.Size;
        string name = all.Engine;
        all.Dispose();
        throw new CommunicationException($"The launcher started {launcher.Size} processes ({launcher.Variable}), but {name} connects " +
            $"{size}: the launcher belongs to another library. Use the mpirun of {name}, or the library of the launcher " +
            "('tenon doctor' shows what is installed).");
    }
}
