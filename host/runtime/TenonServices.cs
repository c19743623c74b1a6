using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tenon.Host.Evaluation.Plots;

namespace Tenon.Host;

/// <summary>Settings of a <see cref="TenonHost"/>.</summary>
public sealed class TenonOptions
{
    /// <summary>Path of plugins.json; null for the file next to the program.</summary>
    public string? PluginsFile { get; set; }

    /// <summary>Draws the plots of run folders; null to draw none.</summary>
    public IPlots? Plots { get; set; }
}

/// <summary>Registers Tenon with a service container.</summary>
public static class TenonServices
{
    /// <summary>Adds a <see cref="TenonHost"/> as a singleton.</summary>
    /// <param name="services">The program's services; loggers registered there are passed to the plugins.</param>
    /// <param name="configure">Changes settings; null for the defaults.</param>
    public static IServiceCollection AddTenon(this IServiceCollection services, Action<TenonOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new TenonOptions();
        configure?.Invoke(options);
        services.AddLogging();
        return services.AddSingleton(provider => new TenonHost(options, provider.GetRequiredService<ILoggerFactory>()));
    }
}
