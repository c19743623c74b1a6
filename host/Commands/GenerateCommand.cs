using System.CommandLine;
using Tenon.Cli.Commands.Files;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon generate</c>: continues prompts or conversations, or generates targets from source texts.</summary>
internal static class GenerateCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "A run folder, or a model folder in Hugging Face's layout." };
        var prompts = new Option<string[]>("--prompt", "-p")
        {
            Description = "Prompt to continue, or source text of an encoder-decoder (repeatable). Default: start from the end-of-text " +
                "token.",
        };
        var file = new Option<string?>("--prompts") { Description = "Same as --input, for a single file." };
        var files = new InputOptions("prompt", "prompt");
        var chat = new Option<bool>("--chat")
        {
            Description = "Send each prompt as a user message, formatted by the model's chat template, and generate the reply.",
        };
        var messages = new Option<string[]>("--messages")
        {
            Description = "JSON Lines file of conversations to continue, each {\"messages\": [{\"role\": …, \"content\": …}]}; - for " +
                "standard input (repeatable).",
        };
        Option<string> weights = CommandLine.Weights();
        var generation = new GenerationOptions();
        var command = new Command("generate", "Continues prompts or conversations with a language model, or translates source texts.")
        {
            folder, Session.DeviceSettings(), prompts, file, files.Input, files.Field, files.Output, chat, messages, weights,
            session.Adapters, session.Device, session.Json,
        };
        generation.AddTo(command);
        command.SetAction(result => session.WithHost(result, (host, stop) =>
        {
            int draftTokens = generation.DraftTokens(result);
            if (generation.DraftFolder(result) is not null)
                Processes.RefuseOption("--draft", "the layers of the draft model are not divided. Omit it.");
            if (new[] { files.Input, messages }.SelectMany(option => result.GetValue(option) ?? []).Append(result.GetValue(file))
                .Contains(InputFile.StandardInput))
                Processes.RefuseOption("Standard input", "only one of them reads it. Use a file.");
            using OpenedModel model = Open(host, result, result.GetValue(folder)!, session.AdaptersOf(result));
            using OpenedModel? draft = generation.DraftFolder(result) is { } smaller ? Open(host, result, smaller, adapters: null) : null;
            string[] typed = result.GetValue(prompts) ?? [];
            if (result.GetValue(file) is { } named)
                typed = [.. typed, .. files.File(session, result).Read(named)];
            Conversation[] conversations = [.. (result.GetValue(messages) ?? []).SelectMany(ConversationFile.Read)];
            bool isBare = typed.Length == 0 && result.GetValue(files.Input) is null or [];
            if (isBare && conversations.Length == 0 && result.GetValue(chat))
                throw new OptionsException("--chat needs a message. Pass one with --prompt, or conversations with --messages.");
            string[] given = isBare && conversations.Length > 0 ? [] : isBare ? [""] : files.Read(session, result, typed);
            if (conversations.Length > 0 && given.Length > 0 && !result.GetValue(chat))
                throw new OptionsException("--messages contains conversations, but prompts are continued as text. Add --chat to send " +
                    "them as messages.");
            bool isChat = result.GetValue(chat) || conversations.Length > 0;
            GenerationChoice choice = generation.Choose(result, model, isChat);
            var texts = new Generation(session, model, choice, generation.ShowsScores(result), stop)
            {
                Draft = draft is null ? null : Drafts.Of(model, draft, draftTokens),
                Prompts = given,
                Conversations = isChat
                    ? [.. given.Select(prompt => new Conversation([new ChatMessage(ChatMessage.User, prompt)])), .. conversations] : null,
            };
            if (result.GetValue(files.Output) is { } output)
                OutputFile.Check(output);
            if (!files.Write(session, result, result.GetValue(files.Output) is null ? [] : texts.Results()))
                texts.Print(result.GetValue(session.Json));
            return ExitCode.Done;
        }));
        return command;

        OpenedModel Open(TenonHost host, ParseResult result, string opened, IReadOnlyList<AdapterChoice>? adapters) =>
            session.Open(
                host, result, opened, [.. Processes.Dividing, .. session.SettingsOf(result)], adapters, weights: result.GetValue(weights));
    }
}
