using System.CommandLine;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon resume</c>: resumes a stopped run.</summary>
internal static class ResumeCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "Folder of the run or pipeline." };
        var restart = new Option<bool>("--restart")
        {
            Description = "Restart the run, or the unfinished stage of a pipeline, from step 1. Its model, metrics and checkpoints are " +
                "replaced.",
        };
        var command = new Command("resume", "Resumes a run from its newest checkpoint, or a pipeline at its first unfinished stage.")
        {
            folder,
            Session.Settings(
                "Keys of the recipe, such as --training:steps 2000, or of a stage of a pipeline, such as " +
                "--stages:ppo:training:steps 2000."),
            restart,
        };
        command.SetAction(result => session.Resume(
            result.GetValue(folder)!, session.SettingsOf(result), result.GetValue(restart), result.GetValue(session.Plugins)));
        return command;
    }
}
