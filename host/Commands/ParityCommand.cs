using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Conformance.Parity;
using Tenon.Host.Models;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon parity</c>: compares a model with reference data.</summary>
internal static class ParityCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        // A difference of NaN is a result that must be reported.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "Folder with a model or an adapter, inputs.safetensors, outputs.safetensors and optionally grads.safetensors.",
        };
        var baseModel = new Option<string?>("--base")
        {
            Description = "Folder of the base model of an adapter. Default: the one that the adapter names, or that the folder's " +
                "README.md mentions as ../NAME.",
        };
        var tolerance = new Option<double>("--tolerance")
        {
            Description = "Maximum difference, relative to the reference's largest value if that exceeds 1.",
            DefaultValueFactory = _ => ParityCheck.DefaultTolerance,
        };
        var command = new Command(
            "parity", "Compares outputs and gradients of a model or an adapter with reference data, to verify a port.")
        {
            folder, Session.DeviceSettings(), baseModel, tolerance, session.Device, session.Json,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), host =>
        {
            string at = result.GetValue(folder)!;
            ReferenceFolder.RequireModel(at);
            string? below = result.GetValue(baseModel) ?? ReferenceFolder.DescribedBaseModel(at);
            using OpenedModel opened = session.Open(host, result, at, session.SettingsOf(result), baseModel: below);
            ParityReport report =
                ParityCheck.Run(opened.Model, at, result.GetValue(tolerance), opened.Adapters is [var adapter, ..] ? adapter : null);
            if (result.GetValue(session.Json))
                session.Write(JsonSerializer.SerializeToNode(new
                {
                    report.Ok,
                    BaseModel = below,
                    report.Rows,
                    report.NotCompared,
                    report.Remarks
                }, Json)!);
            else
                Show(session, report, below);
            return report.Ok ? ExitCode.Done : ExitCode.RunFailed;
        }));
        return command;
    }

    private static void Show(Session session, ParityReport report, string? below)
    {
        Table table = Terminal.Table("tensor", "kind", "shape", "largest difference", "largest value", "");
        foreach (ParityRow row in report.Rows)
        {
            table.AddTexts(
                row.Name,
                row.Kind switch
                {
                    ParityKind.Output => "output",
                    ParityKind.Gradient => "gradient",
                    ParityKind.Weight => "weight",
                    _ => "gradient, summary"
                },
                string.Join('×', row.Shape),
                row.Note ?? row.MaxDifference.ToString("0.0e+00", CultureInfo.InvariantCulture),
                row.MaxReference.ToString("0.###", CultureInfo.InvariantCulture),
                row.Ok ? "ok" : "DIFFERS");
        }

        if (report.Rows.Count > 0)
            session.Console.WriteTable(table);
        if (below is not null)
            session.Line($"base model: {Path.GetRelativePath(Environment.CurrentDirectory, below)}");
        foreach (string remark in report.Remarks)
            session.Line(remark);
        foreach (string name in report.NotCompared)
            session.Line($"not compared: {name}");
        int differing = report.Rows.Count(row => !row.Ok);
        session.Line(report.Rows.Count == 0
            ? "Nothing could be compared: the model has none of the outputs in outputs.safetensors, and there are no gradients of its " +
                "parameters."
            : differing == 0 ? $"All {report.Rows.Count} tensors agree."
            : $"{differing} of {report.Rows.Count} tensors differ.");
    }
}
