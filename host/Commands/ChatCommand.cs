using System.CommandLine;
using Tenon.Host.Inference.Text;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon chat</c>: a dialogue of several turns with a language model.</summary>
internal static class ChatCommand
{
    // Replies are longer than the samples that 'generate' shows.
    private const int MaxNewTokens = 512;

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        var system = new Option<string?>("--system")
        {
            Description = "System text: instructions that the model reads before the dialogue.",
        };
        Option<string> weights = CommandLine.Weights();
        var generation = new GenerationOptions(MaxNewTokens);
        var command = new Command(
            "chat", "Chats with a language model that has a chat template. Reads one message per line from the terminal or a pipe; " +
            "/help lists what else can be typed.")
        {
            folder, Session.DeviceSettings(), system, weights, session.Adapters, session.Device,
        };
        generation.AddSamplingTo(command);
        command.SetAction(result =>
        {
            bool isInteractive = session.IsInteractive;
            return session.WithModel(result, result.GetValue(folder)!, (model, stop) =>
            {
                GenerationChoice choice = generation.Choose(result, model, isChat: true);
                string? text = result.GetValue(system);
                var dialogue = new Dialogue(model, choice.Sampling, choice.Seed, string.IsNullOrWhiteSpace(text) ? null : text);
                using AnswerSignal? interrupt = isInteractive ? new AnswerSignal(() => ChatLoop.ShowHint(session), stop) : null;
                new ChatLoop(session, dialogue, interrupt).Run(stop);
                return ExitCode.Done;
            }, result.GetValue(weights), ownsInterrupt: isInteractive);
        });
        return command;
    }
}
