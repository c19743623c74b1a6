using System.CommandLine;
using System.Text.Json;
using Tenon.Cli.Commands.Files;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon generate</c>: continues prompts or conversations with a language model.</summary>
internal static class GenerateCommand
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var defaults = new SamplingOptions();
        var folder = new Argument<string>("folder") { Description = "A run folder, or a model folder in Hugging Face's layout." };
        var prompts = new Option<string[]>("--prompt", "-p")
        {
            Description = "Prompt to continue (repeatable). Default: start from the end-of-text token.",
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
        var weights = new Option<string>("--weights")
        {
            Description = "Format of the weights: fp32; bf16, faster; int8, fastest and least exact; auto: bf16 if the device runs in " +
                "bf16, otherwise fp32.",
            DefaultValueFactory = _ => GenerationWeights.Auto,
        };
        weights.AcceptOnlyFromAmong(GenerationWeights.Names);
        var tokens = new Option<int>("--max-new-tokens", "-n")
        {
            Description = "Maximum number of tokens to generate.",
            DefaultValueFactory = _ => 100,
        };
        var temperature = new Option<double>("--temperature")
        {
            Description = "Divides the logits; 0 means greedy decoding.",
            DefaultValueFactory = _ => 0.8,
        };
        var topK = new Option<int>("--top-k")
        {
            Description = "Sample from the k most probable tokens; 0 means all.",
            DefaultValueFactory = _ => 50,
        };
        var topP = new Option<double>("--top-p")
        {
            Description = "Sample from the smallest set of tokens whose probability reaches p; 1 means all.",
            DefaultValueFactory = _ => defaults.TopP,
        };
        var penalty = new Option<double>("--repetition-penalty")
        {
            Description = "Makes tokens that have already occurred less probable; 1 has no effect.",
            DefaultValueFactory = _ => defaults.RepetitionPenalty,
        };
        var stops = new Option<string[]>("--stop") { Description = "Stop before this text (repeatable)." };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds give equal texts.", DefaultValueFactory = _ => 1 };
        var command = new Command("generate", "Continues prompts or conversations with a language model.")
        {
            folder, Session.DeviceSettings(), prompts, file, files.Input, files.Field, files.Output, chat, messages, weights, tokens,
            temperature, topK, topP, penalty, stops, seed, session.Adapters, session.Device, session.Json,
        };
        tokens.Accept(value => value >= 1, "1 or more");
        temperature.Accept(value => value is >= 0 and <= 100, "0 … 100");
        topK.Accept(value => value >= 0, "0 or more");
        topP.Accept(value => value is > 0 and <= 1, "above 0, up to 1");
        stops.Accept(values => values is null || values.All(value => value.Length > 0), "a text that is not empty");
        penalty.Accept(value => value is > 0 and <= 100, "above 0, up to 100");
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (model, stop) =>
        {
            var sampling = new SamplingOptions
            {
                MaxNewTokens = result.GetValue(tokens),
                Temperature = result.GetValue(temperature),
                TopK = result.GetValue(topK),
                TopP = result.GetValue(topP),
                RepetitionPenalty = result.GetValue(penalty),
                Stop = result.GetValue(stops),
            };
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
            _ = model.As<ICausalLanguageModel>("generate");
            var generation = new Generation(session, model, sampling, result.GetValue(seed), stop)
            {
                Prompts = given,
                Conversations = result.GetValue(chat) || conversations.Length > 0
                    ? [.. given.Select(prompt => new Conversation([new ChatMessage(ChatMessage.User, prompt)])), .. conversations] : null,
            };
            if (result.GetValue(files.Output) is { } output)
                OutputFile.Check(output);
            if (!files.Write(session, result, result.GetValue(files.Output) is null ? [] : generation.Results()))
                generation.Print(result.GetValue(session.Json));
            return ExitCode.Done;
        }, result.GetValue(weights)));
        return command;
    }

    // Texts to generate. Conversations are null when prompts are continued as text.
    private sealed class Generation(Session session, OpenedModel opened, SamplingOptions sampling, ulong seed, CancellationToken stop)
    {
        public required string[] Prompts { get; init; }

        public required Conversation[]? Conversations { get; init; }

        // A conversation is shown by its last message.
        private IEnumerable<string> Shown => Conversations?.Select(chat => chat.Messages[^1].Content) ?? Prompts;

        // Computed before the file is created, so that an over-long prompt is reported with its number.
        public IEnumerable<object> Results() => Shown.Zip(
            Make(onText: null), (prompt, continuation) => (object)new { prompt, continuation.Text, continuation.Ending });

        public void Print(bool json)
        {
            TextWriter text = session.Console.Profile.Out.Writer;
            string[] shown = [.. Shown];
            bool streams = !json && shown.Length == 1;
            if (streams && Conversations is null)
                text.Write(shown[0]);
            IReadOnlyList<Continuation> made = Make(streams ? Stream : null);
            if (json)
            {
                text.WriteLine(JsonSerializer.Serialize(
                    shown.Zip(made, (prompt, continuation) => new { prompt, continuation.Text, continuation.Ids, continuation.Ending }),
                    Json));
            }
            else if (streams)
            {
                text.WriteLine();
            }
            else
            {
                foreach ((string prompt, Continuation continuation) in shown.Zip(made))
                    text.WriteLine($"{prompt}{(Conversations is null ? "" : "\n")}{continuation.Text}\n");
            }

            void Stream(int prompt, string piece)
            {
                text.Write(piece);
                text.Flush();
            }
        }

        private IReadOnlyList<Continuation> Make(Action<int, string>? onText) => Conversations is null
            ? opened.Generate(Prompts, sampling, seed, onText, stop)
            : opened.Chat(Conversations, sampling, seed, onText, stop);
    }
}
