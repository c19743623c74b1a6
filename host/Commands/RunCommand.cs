using System.CommandLine;

namespace Tenon.Host.Commands;

/// <summary><c>tenon run</c>: takes a recipe to its artifact.</summary>
internal static class RunCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string?> recipe = Session.RecipeArgument();
        var locked = new Option<bool>("--locked") { Description = "Refuse plugins that differ from plugins.lock.json beside plugins.json." };
        var command = new Command("run", "Trains as a recipe says. Settings may follow: --training:steps 100 --model:layers 2 (tenon list shows them all)")
        {
            recipe,
            locked,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(result => session.Run(
            result.GetValue(recipe), session.SettingsOf(result), result.GetValue(locked), result.GetValue(session.Plugins)));
        return command;
    }
}
