using System.CommandLine;
using Tenon.Cli.Commands.Files;
using Tenon.Host;
using Tenon.Host.Export;
using Tenon.Host.Models;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon export</c>: writes a model as a file for other programs.</summary>
internal static class ExportCommand
{
    private const string Gguf = "gguf";

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        var format = new Option<string>("--format")
        {
            Description = "File format: gguf, for llama.cpp and Ollama.",
            DefaultValueFactory = _ => Gguf,
        };
        format.AcceptOnlyFromAmong(Gguf);
        var weights = new Option<string?>("--weights")
        {
            Description = "Format of the weights: f32; f16 or bf16, half the size; q8_0, a quarter. Default: the type of the folder's " +
                "weights; f32 with --lora.",
        };
        weights.AcceptOnlyFromAmong(GgufType.Names);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Output file; replaced if it exists. Default: model-f32.gguf in the folder (adapter-f32.gguf with --lora), " +
                "named after the format of the weights.",
        };
        var lora = new Option<bool>("--lora")
        {
            Description = "Write only the LoRA adapter, which llama.cpp applies to the exported base model. Default: write the model " +
                "with its adapters merged.",
        };
        var command = new Command("export", "Writes a language model with its tokenizer as a file for llama.cpp.")
        {
            folder, Session.DeviceSettings(), format, weights, output, lora, session.Adapters, session.Device,
        };
        command.SetAction(result => session.WithHost(result, (host, _) =>
        {
            string from = result.GetValue(folder)!;
            bool alone = result.GetValue(lora);
            if (result.GetValue(output) is { } chosen)
                OutputFile.CheckFolder(chosen);
            using OpenedModel opened = session.Open(host, result, from, session.SettingsOf(result), session.AdaptersOf(result));
            string type = result.GetValue(weights) ?? (alone ? GgufType.F32 : GgufType.Of(opened.StoredTypes.Main)).Name;
            string file = Path.GetFullPath(result.GetValue(output) ?? Path.Combine(from, $"{(alone ? "adapter" : "model")}-{type}.{Gguf}"));
            ExportReport report = alone ? opened.ExportGgufAdapter(file, type) : opened.ExportGguf(file, type);
            foreach (string remark in report.Remarks)
                session.Note(remark);
            session.Line(report.File);
            return ExitCode.Done;
        }));
        return command;
    }
}
