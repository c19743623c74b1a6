using System.CommandLine;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon run</c>: runs a recipe or a pipeline.</summary>
internal static class RunCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string?> recipe = Session.RecipeArgument();
        var locked = new Option<bool>("--locked")
        {
            Description = "Refuse plugins that differ from plugins.lock.json next to plugins.json.",
        };
        var watch = new Option<bool>("--watch")
        {
            Description = "Run again, in a new folder, whenever the recipe or a plugin's assembly changes. Managed code is reloaded; " +
                "changed native libraries need a restart.",
        };
        var command = new Command("run", "Runs a recipe, or the stages of a pipeline in order.")
        {
            recipe,
            Session.Settings(
                "Keys of the recipe, such as --training:steps 100 or --model:layers 2 (see tenon list). In a pipeline they " +
                "apply to every stage, or to one stage if prefixed with its name: --stages:ppo:training:steps 100."),
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
            var watch = new Watch(
                [.. PipelineReader.Files(ShippedRecipes.Find(recipe)), file], File.Exists(file) ? PluginsFile.Read(file).Folders : []);
            int code = once();
            if (code == ExitCode.Stopped)
                return code;
            session.Line("Waiting for the recipe or a plugin to change; press Ctrl+C to exit.");
            using var signal = new StopSignal();
            IReadOnlyList<string> changed = watch.Next(signal.Token);
            if (changed.Count == 0)
                return ExitCode.Stopped;
            session.Line($"Changed: {string.Join(", ", changed.Select(Path.GetFileName))}. Running again.");
        }
    }
}
