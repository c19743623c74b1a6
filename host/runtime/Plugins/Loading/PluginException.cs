namespace Tenon.Host.Plugins.Loading;

/// <summary>A plugin cannot do what a run needs of it. The program ends with exit code 3.</summary>
public sealed class PluginException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names plugin, version, cause and the way out.</param>
    /// <param name="cause">What the plugin threw, or null.</param>
    public PluginException(string message, Exception? cause = null) : base(message, cause) { }
}

/// <summary>No plugin in use offers what a recipe, a folder or the command line asks for. The program ends with exit code 2.</summary>
public sealed class NotOfferedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names what was asked for, what there is, and the way out.</param>
    public NotOfferedException(string message) : base(message) { }
}

/// <summary>Options are not valid for a component. The program ends with exit code 2.</summary>
public sealed class OptionsException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names component, key, what was found and what is allowed; a line for each finding.</param>
    /// <param name="cause">What went wrong below, or null.</param>
    public OptionsException(string message, Exception? cause = null) : base(message, cause) { }
}
