using Spectre.Console;
using Tenon.Cli.Commands.Files;
using Tenon.Cli.Console;
using Tenon.Host.Inference.Text;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary>Reads messages line by line and shows the replies while they are generated.</summary>
/// <param name="session">Input and console.</param>
/// <param name="dialogue">The dialogue.</param>
/// <param name="interrupt">
/// Ctrl+C of a user who types: there is a prompt, and an error does not end the dialogue. Null for a pipe, where an error ends the
/// program.
/// </param>
internal sealed class ChatLoop(Session session, Dialogue dialogue, AnswerSignal? interrupt)
{
    // A message that begins with a slash is typed with two.
    private const string Slash = "/";
    private const string EscapedSlash = "//";

    private static readonly (string Name, string Argument, string Description)[] Commands =
    [
        ("/retry", "", "answer the last message again"),
        ("/system", "TEXT", "set the system text, or remove it if there is no TEXT"),
        ("/reset", "", "start a new dialogue with the same system text"),
        ("/save", "FILE", "write the dialogue to a file that the data source 'chat' reads"),
        ("/help", "", "show these commands"),
        ("/exit", "", "end the program, as the end of the input does (Ctrl+D)"),
    ];

    private int _dropped;

    private bool IsInteractive => interrupt is not null;

    private TextWriter Output { get; } = session.Console.Text();

    /// <summary>Runs until the end of the input or <c>/exit</c>.</summary>
    /// <param name="stop">Ends the program.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public void Run(CancellationToken stop)
    {
        if (IsInteractive)
            session.Note("Type a message, or /help. Ctrl+C ends an answer, /exit ends the program.");
        while (Read(stop) is { } line && line.Trim() != "/exit")
        {
            try
            {
                Execute(line.Trim(), stop);
            }
            catch (Exception failure) when (IsInteractive && ExitCode.Of(failure) is { } code && code != ExitCode.Stopped)
            {
                session.Note(failure.Message);
            }
        }
    }

    /// <summary>Explains how to end the program, which waits for a line.</summary>
    /// <param name="session">The console.</param>
    public static void ShowHint(Session session)
    {
        session.Note("Type /exit to end the program.");
        ShowPrompt(session);
    }

    private static void ShowPrompt(Session session) => session.Console.Markup("[bold]>[/] ");

    private string? Read(CancellationToken stop)
    {
        if (IsInteractive)
            ShowPrompt(session);
        // Waiting for a line must not keep a signal from ending the program.
        Task<string?> reading = Task.Run(() => session.Input.ReadLine(), stop);
        reading.Wait(stop);
        return reading.Result;
    }

    private void Execute(string line, CancellationToken stop)
    {
        if (line.Length == 0)
            return;
        if (!line.StartsWith(Slash, StringComparison.Ordinal) || line.StartsWith(EscapedSlash, StringComparison.Ordinal))
        {
            string message = line.StartsWith(EscapedSlash, StringComparison.Ordinal) ? line[1..] : line;
            Answer((onText, end) => dialogue.Ask(message, onText, end), stop);
            return;
        }

        string[] words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string argument = words.ElementAtOrDefault(1) ?? "";
        switch (words[0])
        {
            case "/retry" when dialogue.Turns == 0:
                throw new OptionsException("There is no message to answer again.");
            case "/retry":
                Answer(dialogue.Retry, stop);
                break;
            case "/system":
                dialogue.System = argument.Length == 0 ? null : argument;
                break;
            case "/reset":
                dialogue.Reset();
                _dropped = 0;
                break;
            case "/save":
                Save(argument);
                break;
            case "/help":
                ShowHelp();
                break;
            default:
                string[] names = [.. Commands.Select(command => command.Name)];
                throw new OptionsException($"There is no command '{words[0]}'.{NearestName.Question(words[0], names)} " +
                    $"Commands: {string.Join(", ", names)}. A message that begins with a slash is written with two.");
        }
    }

    private void Answer(Func<Action<string>, CancellationToken, DialogueReply> generate, CancellationToken stop)
    {
        DialogueReply reply = interrupt is null ? generate(Show, stop) : interrupt.Run(end => generate(Show, end));
        Output.WriteLine();
        stop.ThrowIfCancellationRequested();
        if (reply.Ending == GenerationEnding.Length)
            session.Note("The answer ended at --max-new-tokens.");
        else if (reply.Ending == GenerationEnding.Context)
            session.Note("The answer ended at the end of the model's context.");
        if (reply.DroppedTurns > _dropped)
            session.Note($"The dialogue is longer than the model's context, so the model no longer reads its " +
                $"{(reply.DroppedTurns == 1 ? "first turn" : $"first {reply.DroppedTurns} turns")}.");
        _dropped = reply.DroppedTurns;

        void Show(string piece)
        {
            Output.Write(piece);
            Output.Flush();
        }
    }

    private void Save(string file)
    {
        if (file.Length == 0)
            throw new OptionsException("/save needs a file: /save dialogue.jsonl");
        if (dialogue.Turns == 0)
            throw new OptionsException("There is no message to save.");
        OutputFile.CheckFolder(file, "/save");
        ConversationFile.Write(file, dialogue.Messages());
        session.Note($"Saved {file}.");
    }

    private void ShowHelp()
    {
        Grid entries = Terminal.Entries();
        foreach ((string name, string argument, string description) in Commands)
            entries.AddEntry(argument.Length == 0 ? name : $"{name} {argument}", description);
        session.Console.Write(entries);
    }
}
