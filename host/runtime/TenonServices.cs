using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Host;

/// <summary>
/// Settings of a <see cref="TenonHost"/>. Settings of the process are environment variables: <c>TENON_PLUGINS</c> and
/// <c>TENON_LIBTORCH</c>.
/// </summary>
public sealed class TenonOptions
{
    /// <summary>
    /// Path of plugins.json; null for the file that <c>TENON_PLUGINS</c> names, or else the one next to the program, where the
    /// package <c>Tenon.Plugins</c> places it.
    /// </summary>
    public string? PluginsFile { get; set; }

    /// <summary>Draws the plots of run folders; null to draw none. Metrics are written in either case.</summary>
    public IPlots? Plots { get; set; }
}

/// <summary>Registers Tenon with a service container.</summary>
public static class TenonServices
{
    /// <summary>
    /// Adds a <see cref="TenonHost"/> as a singleton, which the container disposes. Its settings are the container's
    /// <see cref="IOptions{TOptions}"/> of <see cref="TenonOptions"/>. Further calls only change settings.
    /// </summary>
    /// <param name="services">The program's services; loggers registered there reach the plugins.</param>
    /// <param name="configure">Changes settings; null for the defaults.</param>
    public static IServiceCollection AddTenon(this IServiceCollection services, Action<TenonOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddOptions<TenonOptions>().Configure(configure ?? (_ => { }));
        services.TryAddSingleton(provider =>
            new TenonHost(provider.GetRequiredService<IOptions<TenonOptions>>().Value, provider.GetRequiredService<ILoggerFactory>()));
        return services;
    }
}
