using System.CommandLine;
using System.Text.Json;
using Tenon.Cli.Commands.Files;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon generate</c>: continues prompts with a language model.</summary>
internal static class GenerateCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var defaults = new SamplingOptions();
        var folder = new Argument<string>("folder") { Description = "A run folder, or a model folder in Hugging Face's layout." };
        var prompts = new Option<string[]>("--prompt", "-p") { Description = "Prompt to continue (repeatable). Default: start from the end-of-text token." };
        var file = new Option<string?>("--prompts") { Description = "Same as --input, for a single file." };
        var files = new InputOptions("prompt", "prompt");
        var weights = new Option<string>("--weights")
        {
            Description = "Format of the weights: fp32; bf16, faster; int8, fastest and least exact; auto: bf16 if the device runs in bf16, otherwise fp32.",
            DefaultValueFactory = _ => GenerationWeights.Auto,
        };
        weights.AcceptOnlyFromAmong(GenerationWeights.Names);
        var tokens = new Option<int>("--max-new-tokens", "-n") { Description = "Maximum number of tokens to generate.", DefaultValueFactory = _ => 100 };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits; 0 means greedy decoding.", DefaultValueFactory = _ => 0.8 };
        var topK = new Option<int>("--top-k") { Description = "Sample from the k most probable tokens; 0 means all.", DefaultValueFactory = _ => 50 };
        var topP = new Option<double>("--top-p") { Description = "Sample from the smallest set of tokens whose probability reaches p; 1 means all.", DefaultValueFactory = _ => defaults.TopP };
        var penalty = new Option<double>("--repetition-penalty") { Description = "Makes tokens that have already occurred less probable; 1 has no effect.", DefaultValueFactory = _ => defaults.RepetitionPenalty };
        var stops = new Option<string[]>("--stop") { Description = "Stop before this text (repeatable)." };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds give equal texts.", DefaultValueFactory = _ => 1 };
        var command = new Command("generate", "Continues prompts with a language model.")
        {
            folder, Session.DeviceSettings(), prompts, file, files.Input, files.Field, files.Output, weights, tokens, temperature, topK, topP, penalty, stops, seed, session.Adapters, session.Device, session.Json,
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
            bool isBare = typed.Length == 0 && result.GetValue(files.Input) is null or [];
            string[] given = isBare ? [""] : files.Read(session, result, typed);
            _ = model.As<ICausalLanguageModel>("generate");
            if (!files.Write(session, result, Results(given, sampling)))
                Generate(session, model, given, sampling, result.GetValue(seed), result.GetValue(session.Json), stop);
            return ExitCode.Done;

            // Computed before the file is created, so that an over-long prompt is reported with its number.
            IEnumerable<object> Results(string[] inputs, SamplingOptions options) => result.GetValue(files.Output) is null ? []
                : inputs.Zip(model.Generate(inputs, options, result.GetValue(seed), onText: null, stop), (prompt, continuation) => (object)new { prompt, continuation.Text, continuation.Ending });
        }, result.GetValue(weights)));
        return command;
    }

    private static void Generate(
        Session session, OpenedModel opened, string[] prompts, SamplingOptions sampling, ulong seed, bool json, CancellationToken stop)
    {
        TextWriter text = session.Console.Profile.Out.Writer;
        bool streams = !json && prompts.Length == 1;
        if (streams)
            text.Write(prompts[0]);
        IReadOnlyList<Continuation> made = opened.Generate(
            prompts, sampling, seed, streams ? (_, piece) => { text.Write(piece); text.Flush(); }
        : null, stop);
        if (json)
        {
            text.WriteLine(JsonSerializer.Serialize(
                prompts.Zip(made, (prompt, continuation) => new { prompt, continuation.Text, continuation.Ids, continuation.Ending }), Json));
        }
        else if (streams)
        {
            text.WriteLine();
        }
        else
        {
            foreach ((string prompt, Continuation continuation) in prompts.Zip(made))
                text.WriteLine($"{prompt}{continuation.Text}\n");
        }
    }
}
