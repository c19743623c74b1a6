using System.Globalization;
using Spectre.Console;
using Tenon.Host.Evaluation;

namespace Tenon.Cli.Console;

/// <summary>Shows how a classifier rates generated images.</summary>
internal static class GenerationDisplay
{
    /// <summary>Shows the figures as tables.</summary>
    /// <param name="figures">The figures.</param>
    /// <param name="console">Where to write.</param>
    public static void Show(this GenerationFigures figures, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("generated images").AddColumn("")
            .AddColumn(new TableColumn("images").RightAligned()).AddColumn(new TableColumn("recognized as their class").RightAligned())
            .AddColumn(new TableColumn("Fréchet distance").RightAligned());
        table.AddRow("generated", TextFormat.Count(figures.Generated), Share(figures.AsAsked), Distance(figures.FrechetDistance));
        if (figures.FrechetDistanceOfReal is { } distance)
            table.AddRow("real, from the other split", TextFormat.Count(figures.OtherReal!.Value), "", Distance(distance));
        table.AddRow("real", TextFormat.Count(figures.Real), Share(figures.RealAsLabelled), "");
        console.WriteTable(table);
        if (figures.Classes.Count is > 0 and <= ClassificationTable.MaxClasses)
        {
            var classes = new Table().Border(TableBorder.Rounded).AddColumn("class")
                .AddColumn(new TableColumn("images").RightAligned()).AddColumn(new TableColumn("recognized").RightAligned());
            foreach (GeneratedClass one in figures.Classes)
                classes.AddRow(PrintableText.Escape(one.Label), TextFormat.Count(one.Images), TextFormat.Share(one.AsAsked));
            console.WriteTable(classes);
        }

        long smaller = Math.Min(figures.Generated, figures.Real);
        if (smaller <= figures.Features)
        {
            console.Text().WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"With {smaller} images in the smaller set and {figures.Features} feature dimensions, the distance is biased upwards; " +
                $"more images (--count) reduce the bias."));
        }
    }

    private static string Share(double? share) => share is { } value ? TextFormat.Share(value) : "";

    private static string Distance(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
