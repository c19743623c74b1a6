using Microsoft.Extensions.DependencyInjection;

namespace Tenon;

/// <summary>
/// Registers services that the plugin's own components take in their constructors. At most one class per plugin
/// implements it; it needs a parameterless constructor.
/// </summary>
public interface IPluginStartup
{
    /// <summary>
    /// Adds the plugin's services to a container that only this plugin sees. Called once, right after the plugin was
    /// loaded; an exception marks the plugin as failed and is shown as the reason.
    /// </summary>
    /// <param name="services">The plugin's own collection; the host's loggers are already in it.</param>
    void ConfigureServices(IServiceCollection services);
}
