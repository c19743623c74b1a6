using Tenon.Host.Artifacts;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Tenon.Safetensors;

namespace Tenon.Cli.Commands;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The recipe or the command line is wrong, or what they name, as a folder's kind of model, no plugin in use offers.</summary>
    public const int Wrong = 2;

    /// <summary>A plugin was refused or failed.</summary>
    public const int PluginRefused = 3;

    /// <summary>The run failed.</summary>
    public const int RunFailed = 4;

    /// <summary>Stopped by the user (128 + SIGINT).</summary>
    public const int Stopped = 130;

    /// <summary>The code of an exception that ends the program with a sentence; null for one that nobody expected.</summary>
    /// <param name="failure">The exception.</param>
    public static int? Of(Exception failure) => failure switch
    {
        RecipeException or OptionsException or NotOfferedException => Wrong,
        PluginException or PluginsFileException => PluginRefused,
        OperationCanceledException => Stopped,
        AggregateException { InnerExceptions: [var only, ..] } => Of(only),
        ModelException or DataException or DeviceException or CheckpointException or NonFiniteLossException or SafetensorsException
            or IOException or UnauthorizedAccessException => RunFailed,
        _ => null,
    };
}
