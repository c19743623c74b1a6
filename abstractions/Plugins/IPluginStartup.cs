using Microsoft.Extensions.DependencyInjection;

namespace Tenon;

/// <summary>
/// Registers services for the constructors of the plugin's components. At most one class per plugin implements it; it needs a
/// parameterless constructor.
/// </summary>
public interface IPluginStartup
{
    /// <summary>
    /// Adds the plugin's services to a container that only this plugin uses. Called once, immediately after the plugin is
    /// loaded; an exception marks the plugin as failed and is reported as the reason.
    /// </summary>
    /// <param name="services">The plugin's service collection, which already contains the host's loggers.</param>
    void ConfigureServices(IServiceCollection services);
}
