using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Cli.Packages;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Cli.Commands;

/// <summary>The state that all commands share: the terminal, common options, and the handling of failures.</summary>
/// <param name="console">The terminal, or another destination for the output.</param>
/// <param name="errors">Where errors are reported.</param>
/// <param name="help">Whether help is requested: only then do option descriptions read the plugins' metadata.</param>
/// <param name="verbose">Whether stack traces of failures and all messages of plugins are shown.</param>
/// <param name="settings">The settings on the command line, as <see cref="CommandLine.Divide"/> found them.</param>
/// <param name="stopped">Stops as Ctrl+C does.</param>
/// <param name="input">Where a dialogue is read from, as from a pipe; null for standard input.</param>
internal sealed partial class Session(
    IAnsiConsole console, TextWriter errors, bool help, bool verbose, IReadOnlyList<string> settings, CancellationToken stopped,
    TextReader? input = null)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Name of the argument for settings.</summary>
    public const string SettingsName = "settings";

    /// <summary>The option that shows stack traces. <see cref="EntryPoint"/> looks for it before anything is parsed.</summary>
    public const string VerboseName = "--verbose";

    /// <summary>Whether the command line asks for help.</summary>
    public bool Help => help;

    /// <summary>Where results go.</summary>
    public IAnsiConsole Console => console;

    /// <summary>Where a dialogue is read from.</summary>
    public TextReader Input => input ?? System.Console.In;

    /// <summary>Whether a user types the input and reads the output in a terminal.</summary>
    public bool IsInteractive => input is null && !System.Console.IsInputRedirected && console.Profile.Out.IsTerminal;

    /// <summary>The option for plugins.json.</summary>
    public Option<string?> Plugins { get; } = new("--plugins")
    {
        Description = "Path of plugins.json. Default: the value of TENON_PLUGINS, otherwise ~/.tenon/plugins.json if it exists, " +
            "otherwise the file next to the program.",
        Recursive = true,
    };

    /// <summary>More about failures and plugins.</summary>
    public Option<bool> Verbose { get; } =
        new(VerboseName) { Description = "Show stack traces of failures, and all messages that plugins log.", Recursive = true };

    /// <summary>Output for programs.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Write JSON." };

    /// <summary>The option for the device.</summary>
    public Option<string?> Device => _device ??= new("--device") { Description = $"The device{Names(ComponentKind.Device)}." };

    private Option<string?>? _device;

    /// <summary>The option for adapters to apply to a model.</summary>
    public Option<string[]> Adapters { get; } = new("--adapter")
    {
        Description = "Folder of an adapter to apply (repeatable for type LORA), optionally with a colon and a scale: runs/poems:0.5",
    };

    /// <summary>
    /// Returns the argument for the settings that may follow a command. The parser never sees them: the values of this argument are
    /// words that match no option of the command. Creates a new object on each call, because commands cannot share arguments.
    /// </summary>
    /// <param name="description">Which settings are allowed, with an example.</param>
    public static Argument<string[]> Settings(string description) =>
        new(SettingsName) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Returns the argument for the settings of a device, for commands that open a model.</summary>
    public static Argument<string[]> DeviceSettings() => Settings("Options of the device, such as --device:precision bf16.");

    /// <summary>
    /// Returns settings, and words that match no option: the code that reads the settings reports those that are invalid.
    /// </summary>
    public IReadOnlyList<string> SettingsOf(ParseResult arguments) => [.. arguments.GetValue<string[]>(SettingsName) ?? [], .. settings];

    /// <summary>
    /// Returns the argument for a recipe file, by default the default recipe. Creates a new object on each call, because commands
    /// cannot share arguments.
    /// </summary>
    public static Argument<string?> RecipeArgument() => new("recipe")
    {
        Description = $"A recipe file, or the name of a shipped recipe: {string.Join(", ", ShippedRecipes.Names)}. Default: gpt-sdk-docs.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Returns the names of the components of a kind, for the help; empty unless help is requested.</summary>
    public string Names(ComponentKind kind)
    {
        if (!help)
            return "";
        try
        {
            return $" ({string.Join(", ", PluginCatalogue.Read(PluginsFile(null)).OfKind(kind).Select(c => c.Name))})";
        }
        catch (PluginsFileException failure)
        {
            return $" (unknown: {failure.Message})";
        }
    }

    /// <summary>Runs a recipe.</summary>
    public int Run(string? recipe, IReadOnlyList<string> overrides, bool locked, string? plugins) => Guard(plugins, host =>
    {
        if (locked && Unlocked(host) is { Count: > 0 } differences)
            return PrintErrors(ExitCode.PluginRefused, differences);
        return Read(host, recipe, overrides,
            read =>
            {
                using var signal = new StopSignal(PrintStopping, outer: stopped);
                using var requested = new CheckpointSignal(host.RequestCheckpoint);
                WithProgress(progress => host.Run(read, progress, signal.Token)).Show(console, Program(host));
                return ExitCode.Done;
            },
            pipeline =>
            {
                using var signal = new StopSignal(PrintStopping, outer: stopped);
                using var requested = new CheckpointSignal(host.RequestCheckpoint);
                WithPipelineProgress(host, progress => host.Run(pipeline, progress, signal.Token)).Show(console, Program(host));
                return ExitCode.Done;
            });
    });

    /// <summary>Resumes a run or a pipeline.</summary>
    public int Resume(string folder, IReadOnlyList<string> overrides, bool restart, string? plugins) => Guard(plugins, host =>
    {
        using var signal = new StopSignal(PrintStopping, outer: stopped);
        using var requested = new CheckpointSignal(host.RequestCheckpoint);
        if (PipelineFolder.Is(folder))
            WithPipelineProgress(host, progress => host.ResumePipeline(folder, overrides, progress, restart, signal.Token))
                .Show(console, Program(host));
        else
            WithProgress(progress => host.Resume(folder, overrides, progress, restart, signal.Token)).Show(console, Program(host));
        return ExitCode.Done;
    });

    /// <summary>Reads a recipe or a pipeline and passes it to an action.</summary>
    public int WithRecipe(
        string? path, IReadOnlyList<string> overrides, string? plugins, Func<TenonHost, Recipe, int> act,
        Func<TenonHost, Pipeline, int> actOnPipeline) =>
        Guard(plugins, host => Read(host, path, overrides, recipe => act(host, recipe), pipeline => actOnPipeline(host, pipeline)));

    /// <summary>Passes a host to an action that Ctrl+C cancels.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="act">The action.</param>
    /// <param name="ownsInterrupt">Whether the action itself handles Ctrl+C; other signals cancel it.</param>
    public int WithHost(ParseResult arguments, Func<TenonHost, CancellationToken, int> act, bool ownsInterrupt = false) =>
        Guard(arguments.GetValue(Plugins), host =>
        {
            using var signal = new StopSignal(onStop: null, ownsInterrupt, stopped);
            return act(host, signal.Token);
        });

    /// <summary>Opens a model folder and passes the model to an action.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="act">The action.</param>
    /// <param name="weights">Format of the weights; null for all parameters.</param>
    /// <param name="ownsInterrupt">Whether the action itself handles Ctrl+C; other signals cancel it.</param>
    public int WithModel(
        ParseResult arguments, string folder, Func<OpenedModel, CancellationToken, int> act, string? weights = null,
        bool ownsInterrupt = false) =>
        WithHost(arguments, (host, stop) =>
        {
            using OpenedModel model = Open(host, arguments, folder, SettingsOf(arguments), AdaptersOf(arguments), weights: weights);
            return act(model, stop);
        }, ownsInterrupt);

    /// <summary>Returns the adapters on the command line.</summary>
    public AdapterChoice[] AdaptersOf(ParseResult arguments) => [.. (arguments.GetValue(Adapters) ?? []).Select(AdapterChoice.Parse)];

    /// <summary>Opens a model folder on the device of the command line, and reports remarks on it.</summary>
    public OpenedModel Open(
        TenonHost host, ParseResult arguments, string folder, IReadOnlyList<string> settings, IReadOnlyList<AdapterChoice>? adapters = null,
        string? baseModel = null, string? weights = null) =>
        host.Open(folder, arguments.GetValue(Device), settings, adapters, baseModel, weights, Warn);

    /// <summary>Computes a report and shows its progress and the report, or with --json writes only the report.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="measure">Computes the report; receives the event handler and a cancellation token.</param>
    /// <param name="json">Converts the report to JSON.</param>
    /// <param name="show">Shows the report.</param>
    public int Report<T>(
        ParseResult arguments, Func<TenonHost, Action<RunEvent>, CancellationToken, T> measure, Func<T, JsonNode> json, Action<T> show) =>
        WithHost(arguments, (host, stop) =>
        {
            bool quiet = arguments.GetValue(Json);
            T report = WithProgress(progress => measure(host, progress, stop), quiet);
            if (quiet)
                Write(json(report));
            else
                show(report);
            return ExitCode.Done;
        });

    /// <summary>Passes the catalogue to an action; no plugin is loaded.</summary>
    public int WithCatalogue(ParseResult arguments, Func<PluginCatalogue, int> act) =>
        Guard(arguments.GetValue(Plugins), host => act(host.Catalogue));

    /// <summary>Writes a plain line: not truncated, without markup.</summary>
    public void Line(string text) => console.Text().WriteLine(text);

    /// <summary>Writes JSON.</summary>
    public void Write(JsonNode json) => Line(json.ToJsonString(Indented));

    // A setting in the recipe's position is still a setting: tenon run --training:steps 10
    private int Read(
        TenonHost host, string? recipe, IReadOnlyList<string> overrides, Func<Recipe, int> act, Func<Pipeline, int> actOnPipeline)
    {
        bool isSetting = recipe?.StartsWith("--", StringComparison.Ordinal) == true;
        string file = ShippedRecipes.Find(isSetting ? null : recipe);
        IReadOnlyList<string> settings = isSetting ? [recipe!, .. overrides] : overrides;
        if (PipelineReader.IsPipeline(file))
        {
            PipelineReading pipeline = host.ReadPipeline(file, settings);
            return pipeline.Pipeline is { } whole
                ? actOnPipeline(whole) : PrintErrors(ExitCode.Invalid, pipeline.Findings.Select(f => f.ToString()));
        }

        RecipeReading reading = host.Read(file, settings);
        return reading.Recipe is { } read ? act(read) : PrintErrors(ExitCode.Invalid, reading.Findings.Select(f => f.ToString()));
    }

    /// <summary>Returns the plugins.json in use.</summary>
    /// <param name="given">The value of <see cref="Plugins"/>, or null.</param>
    public static string PluginsFile(string? given) =>
        given ?? UserPluginsFile.InUse;

    private static string Program(TenonHost host) => ProgramName.With(host.Catalogue.File.Path);

    private void PrintStopping()
    {
        if (TenonHost.Rank == 0)
            errors.WriteLine("Stopping: training ends after this step, with a checkpoint. Press Ctrl+C again to exit immediately.");
    }

    private static IReadOnlyList<string> Unlocked(TenonHost host)
    {
        PluginLock locked = PluginLock.Read(PluginLock.PathBeside(host.Catalogue.File.Path));
        return [.. locked.Verify(host.Catalogue), .. locked.NotInLock(host.Catalogue)];
    }
}
