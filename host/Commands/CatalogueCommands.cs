using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Host.Catalogue;
using Tenon.Host.Loading;

namespace Tenon.Host.Commands;

/// <summary>What the commands that read the catalogue share: where to write, and the options <c>--plugins</c> and <c>--json</c>.</summary>
/// <param name="Console">Where the text goes.</param>
/// <param name="Plugins">Path of plugins.json, or null.</param>
/// <param name="Json">Whether to write JSON.</param>
internal sealed record CatalogueCommands(IAnsiConsole Console, Option<string?> Plugins, Option<bool> Json)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The plugins.json in use: the one given, else TENON_PLUGINS, else the one beside the program.</summary>
    /// <param name="given">The value of <c>--plugins</c>, or null.</param>
    public static string PluginsFile(string? given) =>
        given ?? Environment.GetEnvironmentVariable("TENON_PLUGINS") ?? Path.Combine(AppContext.BaseDirectory, "plugins.json");

    /// <summary>Runs an action on the catalogue; what is known to go wrong becomes a sentence and an exit code.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <param name="action">Returns the exit code.</param>
    public int WithCatalogue(ParseResult result, Func<PluginCatalogue, int> action)
    {
        try
        {
            return action(PluginCatalogue.Read(PluginsFile(result.GetValue(Plugins))));
        }
        catch (Exception error) when (error is PluginsFileException or PluginException or IOException or UnauthorizedAccessException)
        {
            Line(error.Message);
            return ExitCode.Of(error);
        }
    }

    /// <summary>Writes a line as it is: never cut, and brackets are no markup.</summary>
    public void Line(string text) => Console.Profile.Out.Writer.WriteLine(text);

    /// <summary>Writes JSON.</summary>
    public void Write(JsonNode json) => Line(json.ToJsonString(Indented));
}
