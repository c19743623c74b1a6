using Tenon.Host.Catalogue;
using Tenon.Host.Loading;

namespace Tenon.Host.Commands;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The recipe or the command line is wrong.</summary>
    public const int Wrong = 2;

    /// <summary>A plugin was refused, is missing or failed.</summary>
    public const int PluginRefused = 3;

    /// <summary>The run failed.</summary>
    public const int RunFailed = 4;

    /// <summary>Stopped by the user (128 + SIGINT).</summary>
    public const int Stopped = 130;

    /// <summary>The code of an exception that ends the program.</summary>
    /// <param name="error">The exception.</param>
    public static int Of(Exception error) => error switch
    {
        PluginsFileException or OptionsException => Wrong,
        PluginException => PluginRefused,
        OperationCanceledException => Stopped,
        _ => RunFailed,
    };
}
