using System.CommandLine;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon run</c>: takes a recipe to its artifact.</summary>
internal static class RunCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string?> recipe = Session.RecipeArgument();
        var locked = new Option<bool>("--locked") { Description = "Refuse plugins that differ from plugins.lock.json beside plugins.json." };
        var watch = new Option<bool>("--watch")
        {
            Description = "Run again, in a new folder, when the recipe or a plugin's assembly changes. Managed code is loaded anew; a change of native libraries needs a restart.",
        };
        var command = new Command("run", "Trains as a recipe says, or as the recipes of a pipeline say, one after the other.")
        {
            recipe,
            Session.Settings("Keys of the recipe, such as --training:steps 100 or --model:layers 2 (tenon list shows them all). Of a pipeline they hold for every stage, and for one when its name stands before: --stages:ppo:training:steps 100."),
            locked,
            watch,
        };
        command.SetAction(result =>
        {
            string? plugins = result.GetValue(session.Plugins);
            int Once() => session.Run(result.GetValue(recipe), session.SettingsOf(result), result.GetValue(locked), plugins);
            return result.GetValue(watch) ? Watched(session, result.GetValue(recipe), plugins, Once) : Once();
        });
        return command;
    }

    private static int Watched(Session session, string? recipe, string? plugins, Func<int> once)
    {
        string file = Session.PluginsFile(plugins);
        while (true)
        {
            var watch = new Watch([.. PipelineReader.Files(ShippedRecipes.Find(recipe)), file], File.Exists(file) ? PluginsFile.Read(file).Folders : []);
            int code = once();
            if (code == ExitCode.Stopped)
                return code;
            session.Line("Waiting for a change of the recipe or a plugin; Ctrl+C ends.");
            using var signal = new StopSignal();
            IReadOnlyList<string> changed = watch.Next(signal.Token);
            if (changed.Count == 0)
                return ExitCode.Stopped;
            session.Line($"Changed: {string.Join(", ", changed.Select(Path.GetFileName))}. Running again.");
        }
    }
}
