namespace Tenon.Host.Plugins.Loading;

/// <summary>A plugin cannot provide a component that a run needs. The program exits with code 3.</summary>
public sealed class PluginException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the plugin, its version, the cause and how to fix it.</param>
    /// <param name="cause">The plugin's exception, or null.</param>
    public PluginException(string message, Exception? cause = null) : base(message, cause) { }
}

/// <summary>No enabled plugin provides what a recipe, a folder or the command line requests. The program exits with code 2.</summary>
public sealed class NotOfferedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the requested component, the available ones, and how to fix it.</param>
    public NotOfferedException(string message) : base(message) { }
}

/// <summary>A component's options are invalid. The program exits with code 2.</summary>
public sealed class OptionsException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the component, the key, the value found and the allowed values.</param>
    /// <param name="cause">The underlying exception, or null.</param>
    public OptionsException(string message, Exception? cause = null) : base(message, cause) { }
}
