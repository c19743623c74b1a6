using System.CommandLine;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon resume</c>: goes on with a run that was stopped.</summary>
internal static class ResumeCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "The folder of the run or pipeline." };
        var command = new Command("resume", "Goes on with a run from its newest checkpoint; with a pipeline at the first stage that is not finished.")
        {
            folder, Session.Settings("Keys of the recipe, such as --training:steps 2000, or of a pipeline --stages:ppo:training:steps 2000."),
        };
        command.SetAction(result => session.Resume(result.GetValue(folder)!, session.SettingsOf(result), result.GetValue(session.Plugins)));
        return command;
    }
}
