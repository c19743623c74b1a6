using System.CommandLine;
using Tenon.Host.Parity;

namespace Tenon.Host.Commands;

/// <summary><c>tenon parity</c>: compares a model with reference data.</summary>
internal static class ParityCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "Holds config.json, model.safetensors, inputs.safetensors, outputs.safetensors and optionally grads.safetensors." };
        var tolerance = new Option<double>("--tolerance") { Description = "Largest allowed difference, relative to the reference's largest value where that is above 1.", DefaultValueFactory = _ => 1e-4 };
        var command = new Command("parity", "Compares a model's outputs and gradients with reference data, for those who port one.")
        {
            folder, tolerance, session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, _) =>
        {
            ParityReport report = ParityCheck.Run(opened.Model, result.GetValue(folder)!, result.GetValue(tolerance));
            report.Show(session.Console, result.GetValue(session.Json));
            return report.Agrees ? ExitCode.Done : ExitCode.RunFailed;
        }));
        return command;
    }
}
