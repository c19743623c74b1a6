using System.Globalization;
using Spectre.Console;
using Tenon.Host.Artifacts;

namespace Tenon.Cli.Console;

/// <summary>Shows the figures of a finished run.</summary>
internal static class SummaryDisplay
{
    /// <summary>Shows the figures as a table.</summary>
    /// <param name="summary">The figures.</param>
    /// <param name="console">Where to write.</param>
    public static void Show(this RunSummary summary, IAnsiConsole console)
    {
        Table table = Terminal.Figures();
        void Row(string name, string? value)
        {
            if (value is not null)
                table.AddRow($"[grey]{name}[/]", PrintableText.Escape(value));
        }

        Row("steps", summary.Steps > 0 ? TextFormat.Count(summary.Steps) : null);
        Row("loss", summary.Loss is { } loss ? TextFormat.Loss(loss) : null);
        Row("validation loss", summary.ValidationLoss is { } validation ? TextFormat.Loss(validation) : null);
        Row("validation perplexity", summary.Perplexity is { } perplexity ? perplexity.ToString("N2", CultureInfo.InvariantCulture) : null);
        Row("validation accuracy", summary.Accuracy is { } accuracy ? TextFormat.Share(accuracy) : null);
        Row("macro-F1", summary.MacroF1 is { } macroF1 ? TextFormat.Share(macroF1) : null);
        Row("validation entity F1", summary.EntityF1 is { } entities ? TextFormat.Share(entities) : null);
        Row("kept", summary.Best);
        Row("stopped", summary.Stopped);
        Row("time", TextFormat.Time(summary.Time));
        Row("speed", summary.UnitsPerSecond > 0 ? $"{TextFormat.Count(summary.UnitsPerSecond)} {summary.Unit}/s" : null);
        Row("waiting for data", summary.UnitsPerSecond > 0 ? summary.DataWaitShare.ToString("P1", CultureInfo.InvariantCulture) : null);
        Row("peak memory", summary.PeakMemory is { } peak ? TextFormat.Bytes(peak) : null);
        console.WriteTable(table);
    }
}
