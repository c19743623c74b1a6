using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tenon.Host.Plugins.Catalogue;
using TorchSharp;

namespace Tenon.Host.Plugins.Loading;

/// <summary>
/// Loads plugins on first use of a component, each into a separate load context (<see cref="LoadedAssemblies"/>) and with its own
/// service container. Exceptions are contained: one sentence names the plugin, component and location, and other plugins keep
/// working. A plugin that throws while it is loaded or a component is created is marked as failed. Thread-safe.
/// </summary>
public sealed class PluginHost : IDisposable
{
    // Types that host and plugins exchange must be shared; all other types belong to the plugin.
    private static readonly Type[] SharedTypes =
        [typeof(IModel), typeof(torch), typeof(IServiceCollection), typeof(ILogger), typeof(IConfiguration)];

    private readonly Lock _lock = new();
    private readonly Dictionary<PluginInfo, LoadedPlugin> _loaded = [];
    private readonly PluginLoggers _loggers;
    private readonly Action<IServiceCollection>? _hostServices;
    private readonly Func<PluginInfo, IReadOnlyList<string>> _differences;

    /// <summary>Creates a host. Nothing is loaded yet.</summary>
    /// <param name="loggers">Receives the components' logs; owned by the caller.</param>
    /// <param name="hostServices">Adds further services for components' constructors; null for loggers only.</param>
    /// <param name="differences">
    /// Returns how a plugin differs from its lock (<see cref="PluginLock.Differences(PluginInfo)"/>); called before the plugin is
    /// loaded. Null if there is no lock.
    /// </param>
    public PluginHost(ILoggerFactory loggers, Action<IServiceCollection>? hostServices = null,
        Func<PluginInfo, IReadOnlyList<string>>? differences = null)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        _loggers = new PluginLoggers(loggers);
        _hostServices = hostServices;
        _differences = differences ?? (_ => []);
    }

    /// <summary>Begins the log of a run, which receives what components log until it is disposed.</summary>
    internal RunLog BeginRunLog() => _loggers.BeginRun();

    /// <summary>Creates a component, loading its plugin if necessary.</summary>
    /// <param name="component">A component from the catalogue.</param>
    /// <returns>A new instance of the component's class, whose constructor arguments come from the plugin's container.</returns>
    /// <exception cref="PluginException">The plugin cannot be used, or threw.</exception>
    public IComponent Create(ComponentInfo component)
    {
        ArgumentNullException.ThrowIfNull(component);
        LoadedPlugin plugin = Load(component.Plugin);
        IComponent made = Contained(component.Plugin, $"create the {component}", () =>
            (IComponent)ActivatorUtilities.CreateInstance(plugin.Services,
                plugin.Assembly.GetType(component.TypeName, throwOnError: true)!));
        lock (_lock)
            plugin.Made.Add(component);
        return made;
    }

    /// <summary>Binds and validates a component's options.</summary>
    /// <param name="component">A component from the catalogue.</param>
    /// <param name="section">The options; the host's keys (<see cref="ComponentKind.HostKeys"/>) are ignored.</param>
    /// <returns>An instance of the component's options class.</returns>
    /// <exception cref="OptionsException">A key or value is invalid; the message contains all findings.</exception>
    /// <exception cref="PluginException">The plugin cannot be used, or threw.</exception>
    public object BindOptions(ComponentInfo component, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(component);
        ArgumentNullException.ThrowIfNull(section);
        LoadedPlugin plugin = Load(component.Plugin);
        Type options = Contained(component.Plugin, $"find the options of the {component}", () =>
            OptionsType(component.Kind, plugin.Assembly.GetType(component.TypeName, throwOnError: true)!));
        return Contained(component.Plugin, $"bind the options of the {component}", () =>
            OptionsBinder.Bind(options, component.ToString(), section, component.Kind.HostKeys));
    }

    /// <summary>Attributes a failure to the plugin in whose code it occurred, with component and location.</summary>
    /// <param name="failure">An exception that was thrown while components were in use.</param>
    /// <returns>
    /// Null if the failure did not occur in a plugin's code, or its type is meant for the user (exceptions of the contract, the
    /// host, or the file system).
    /// </returns>
    internal PluginException? AttributeToPlugin(Exception failure)
    {
        Exception cause = FailureOrigin.Cause(failure);
        if (FailureOrigin.IsForUser(cause) || FailureOrigin.Of(cause) is not { } origin)
            return null;
        lock (_lock)
        {
            return _loaded.FirstOrDefault(loaded =>
                AssemblyLoadContext.GetLoadContext(loaded.Value.Assembly) == origin.Context) is { Key: { } plugin } loaded
                ? new PluginException($"Plugin {plugin} failed in {origin.Where(loaded.Value.Made)}: {FailureOrigin.Describe(cause)}",
                    cause)
                : null;
        }
    }

    /// <summary>Disposes the service containers of the plugins. Their assemblies stay loaded until the program ends.</summary>
    /// <exception cref="PluginException">A service threw; all were disposed.</exception>
    public void Dispose()
    {
        lock (_lock)
        {
            var failures = new List<PluginException>();
            foreach ((PluginInfo plugin, LoadedPlugin loaded) in _loaded)
            {
                try
                {
                    Contained(plugin, "dispose its services", () =>
                    {
                        loaded.Services.Dispose();
                        return true;
                    });
                }
                catch (PluginException failure)
                {
                    failures.Add(failure);
                }
            }

            _loaded.Clear();
            if (failures.Count > 0)
                throw failures[0];
        }
    }

    private LoadedPlugin Load(PluginInfo plugin)
    {
        lock (_lock)
        {
            if (_loaded.TryGetValue(plugin, out LoadedPlugin? loaded))
                return loaded;
            if (plugin.State is not (PluginState.Ready or PluginState.Loaded))
                throw new PluginException(plugin.Reason);
            if (_differences(plugin) is { Count: > 0 } differences)
                throw new PluginException(plugin.In(PluginState.Refused, differences[0]).Reason);
            loaded = Contained(plugin, "load", () => Open(plugin));
            plugin.In(PluginState.Loaded);
            return _loaded[plugin] = loaded;
        }
    }

    private LoadedPlugin Open(PluginInfo plugin)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(plugin.AssemblyPath!)));
        if (sha256 != plugin.Sha256)
            throw new InvalidOperationException($"'{plugin.AssemblyPath}' changed after it was checked. Start the program again");

        Assembly assembly = LoadedAssemblies.Load(plugin.AssemblyPath!, sha256, SharedTypes);

        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_loggers);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        _hostServices?.Invoke(services);
        foreach (Type startup in assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IPluginStartup))))
            ((IPluginStartup)Activator.CreateInstance(startup)!).ConfigureServices(services);
        return new LoadedPlugin(assembly, services.BuildServiceProvider(), []);
    }

    // Boundary to third-party code: an exception sets the plugin's state and is rethrown as one exception with all known details.
#pragma warning disable CA1031 // Any exception of a plugin is contained here and becomes the inner exception.
    private static T Contained<T>(PluginInfo plugin, string what, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception error) when (error is not OptionsException)
        {
            Exception cause = FailureOrigin.Cause(error);
            string place = FailureOrigin.Of(cause) is { } origin ? $", in {origin.Place}" : "";
            string message = $"Plugin {plugin} failed to {what}{place}: {FailureOrigin.Describe(cause)}";
            plugin.In(PluginState.Failed, message);
            throw new PluginException(message, cause);
        }
    }
#pragma warning restore CA1031

    private static Type OptionsType(ComponentKind kind, Type component) =>
        component.GetInterfaces().First(i => i.IsGenericType && i.IsAssignableTo(kind.Interface)).GetGenericArguments()[0];

    // Made: the created components, which help to find the origin of a failure.
    private sealed record LoadedPlugin(Assembly Assembly, ServiceProvider Services, HashSet<ComponentInfo> Made);
}
