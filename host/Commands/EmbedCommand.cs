using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Commands.Files;
using Tenon.Cli.Console;
using Tenon.Host;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon embed</c>: embeds texts or images, or compares them.</summary>
internal static class EmbedCommand
{
    private const int LongestHeading = 24;

    /// <summary>Creates the command.</summary>
    /// <param name="session">What the commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        Argument<string[]> inputs = CommandLine.OptionalInputs("input", "Texts or image files, depending on the model.");
        var files = new InputOptions("text", "input");
        var command = new Command("embed", "Embeds a text or image and prints the vector as JSON. For several inputs, prints their cosine similarities, or with --json their vectors.")
        {
            folder, inputs, Session.DeviceSettings(), files.Input, files.Field, files.Output, session.Adapters, session.Device, session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, stop) =>
        {
            string[] given = files.Read(result, result.GetValue(inputs) ?? []);
            IEnumerable<Embedding> embedded = given.Zip(opened.Embed(given, stop), (input, vector) => new Embedding(input, vector));
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

    private static void Show(Session session, Embedding[] vectors)
    {
        Table table = Terminal.Table(["cosine", .. vectors.Select(vector => Short(vector.Input))]);
        foreach (Embedding row in vectors)
            table.AddTexts([Short(row.Input), .. vectors.Select(column => Cosine(row.Vector, column.Vector).ToString("F3", CultureInfo.InvariantCulture))]);
        session.Console.Write(table);
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
