using Tenon.Host.Artifacts;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Tenon.Safetensors;

namespace Tenon.Cli.Commands;

/// <summary>Exit codes of the program.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Invalid recipe or command line, or a component that no enabled plugin provides.</summary>
    public const int Invalid = 2;

    /// <summary>A plugin was refused or failed.</summary>
    public const int PluginRefused = 3;

    /// <summary>The run failed.</summary>
    public const int RunFailed = 4;

    /// <summary>Stopped by the user (128 + SIGINT).</summary>
    public const int Stopped = 130;

    /// <summary>Returns the exit code of an expected exception; null for an unexpected one.</summary>
    /// <param name="failure">The exception.</param>
    public static int? Of(Exception failure) => failure switch
    {
        RecipeException or OptionsException or NotOfferedException => Invalid,
        PluginException or PluginsFileException => PluginRefused,
        OperationCanceledException => Stopped,
        AggregateException { InnerExceptions: [var only, ..] } => Of(only),
        ModelException or DataException or DeviceException or CommunicationException or CheckpointException or NonFiniteLossException
            or MemoryException or SafetensorsException
            or IOException or UnauthorizedAccessException => RunFailed,
        _ => null,
    };
}
