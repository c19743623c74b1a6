using System.CommandLine;
using Tenon.Host.Inference.Text;
using Tenon.Server;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon serve</c>: serves models over HTTP, in the format of OpenAI's API.</summary>
internal static class ServeCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string[]> folders = CommandLine.Inputs("folder",
            "Run folders, or model folders in Hugging Face's layout. A model has the name of its folder; NAME=FOLDER sets another.");
        var weights = new Option<string>("--weights")
        {
            Description = "Format of the weights of models that generate: fp32; bf16, faster; int8, fastest and least exact; auto: bf16 " +
                "if the device runs in bf16, otherwise fp32.",
            DefaultValueFactory = _ => GenerationWeights.Auto,
        };
        weights.AcceptOnlyFromAmong(GenerationWeights.Names);
        var adapters = new Option<string[]>("--adapter")
        {
            Description = "Folder of a LoRA adapter to serve as a model of its own (repeatable), optionally with a name and a scale: " +
                "NAME=FOLDER:0.5. It shares its base model, one of the folders, in memory.",
            DefaultValueFactory = _ => [],
        };
        var options = new ServeOptions();
        var draft = new DraftOptions();
        var command = new Command("serve", "Serves models over HTTP, in the format of OpenAI's API.")
        {
            folders, adapters, Session.DeviceSettings(), weights, session.Device,
        };
        options.AddTo(command);
        draft.AddTo(command);
        // The server's assemblies are loaded only when it runs.
        command.SetAction(result => session.WithHost(result, (host, stop) => new Serving(session, host, stop).Run(
            options.Server(result), options.Limits(result), options.Log(result),
            [.. result.GetValue(folders)!.Select(folder => new ModelOpening(
                folder, result.GetValue(session.Device), session.SettingsOf(result), result.GetValue(weights))
            {
                Draft = result.GetValue(draft.Folder),
                DraftTokens = draft.Tokens(result),
            })],
            result.GetValue(adapters)!)));
        return command;
    }
}
