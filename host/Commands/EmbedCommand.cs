using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Commands.Files;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon embed</c>: embeds texts or images, or compares them.</summary>
internal static class EmbedCommand
{
    private const int LongestHeading = 24;

    private static readonly Dictionary<string, PoolingMode> Modes = new(StringComparer.Ordinal)
    {
        ["mean"] = PoolingMode.Mean,
        ["cls"] = PoolingMode.ClassToken,
        ["last"] = PoolingMode.LastToken,
        ["max"] = PoolingMode.Max,
    };

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        Argument<string[]> inputs = CommandLine.OptionalInputs("input", "Texts or image files, depending on the model.");
        var files = new InputOptions("text", "input");
        Option<long> pixels = CommandLine.MaximumPixels();
        var pooling = new Option<string?>("--pooling")
        {
            Description = "How the vectors of a text's tokens are pooled into one: mean, cls (the first token), last (the last token) " +
                "or max. Default: as in the folder (1_Pooling/config.json), otherwise mean.",
        };
        pooling.AcceptOnlyFromAmong([.. Modes.Keys]);
        var normalize = new Option<bool?>("--normalize")
        {
            Description = "Whether to scale vectors to length 1. Default: as in the folder (modules.json); with --pooling: false.",
        };
        var command = new Command(
            "embed", "Embeds a text or image and prints the vector as JSON. For several inputs, prints their cosine similarities, or " +
            "with --json their vectors.")
        {
            folder, inputs, Session.DeviceSettings(), files.Input, files.Field, files.Output, pooling, normalize, pixels,
            session.Adapters, session.Device, session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, stop) =>
        {
            string[] given = files.Read(session, result, result.GetValue(inputs) ?? []);
            opened.MaximumPixels = result.GetValue(pixels);
            Pooling? chosen = Chosen(result.GetValue(pooling), result.GetValue(normalize), opened);
            IEnumerable<Embedding> embedded = given.Zip(opened.Embed(given, chosen, stop), (input, vector) => new Embedding(input, vector));
            if (files.Write(session, result, embedded))
            {
                session.ReportTruncated(opened, given.Length);
                return ExitCode.Done;
            }

            Embedding[] vectors = [.. embedded];
            session.ReportTruncated(opened, given.Length);
            if (result.GetValue(session.Json) || vectors.Length == 1)
                session.Line(JsonSerializer.Serialize(vectors, JsonSerializerOptions.Web));
            else
                Show(session, vectors);
            return ExitCode.Done;
        }));
        return command;
    }

    private static Pooling? Chosen(string? mode, bool? normalize, OpenedModel opened) => (mode, normalize) switch
    {
        (null, null) => null,
        (null, _) => (opened.FolderPooling() ?? new Pooling()) with { Normalize = normalize.Value },
        _ => new Pooling([Modes[mode]], normalize ?? false),
    };

    private static void Show(Session session, Embedding[] vectors)
    {
        Table table = Terminal.Table(["cosine", .. vectors.Select(vector => Short(vector.Input))]);
        foreach (Embedding row in vectors)
            table.AddTexts([Short(row.Input),
                .. vectors.Select(column => Cosine(row.Vector, column.Vector).ToString("F3", CultureInfo.InvariantCulture))]);
        session.Console.WriteTable(table);
    }

    private static double Cosine(float[] a, float[] b)
    {
        double product = 0, first = 0, second = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            first += (double)a[i] * a[i];
            second += (double)b[i] * b[i];
        }

        return product / Math.Sqrt(first * second);
    }

    private static string Short(string text) => text.Length <= LongestHeading ? text : text[..(LongestHeading - 1)] + "…";

    private sealed record Embedding(string Input, float[] Vector);
}
