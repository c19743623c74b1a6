using Spectre.Console;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Cli.Console;

/// <summary>Compares a model's accuracy with baselines on the same examples, and shows the confusion matrix.</summary>
internal static class ClassificationTable
{
    /// <summary>Maximum number of classes whose confusion matrix fits on a screen.</summary>
    public const int MaxClasses = 12;

    private const int LettersInARow = 50;

    /// <summary>Shows the comparison.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="rows">The rows.</param>
    public static void Show(IAnsiConsole console, IEnumerable<ClassificationBaseline> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title("classes, on the same examples")
            .AddColumn("method").AddColumn(new TableColumn("accuracy").RightAligned())
            .AddColumn(new TableColumn("macro-F1").RightAligned());
        foreach (ClassificationBaseline row in rows)
            table.AddRow(PrintableText.Escape(row.Name), TextFormat.Share(row.Accuracy), TextFormat.Share(row.MacroF1));
        console.WriteTable(table);
    }

    /// <summary>Shows the confusion matrix, unless it has too many classes to fit.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="matrix">Counts.</param>
    public static void Show(IAnsiConsole console, ConfusionMatrix matrix)
    {
        int classes = matrix.Labels.Count;
        if (classes > MaxClasses)
            return;
        Table table = new Table().Border(TableBorder.Rounded).Title("rows: actual class, columns: predicted class").AddColumn("");
        // Long names would wrap, so columns are numbered like their rows instead.
        bool numbered = matrix.Labels.Sum(label => label.Length) > LettersInARow;
        foreach ((int index, string label) in matrix.Labels.Index())
            table.AddColumn(new TableColumn(numbered ? $"{index + 1}" : PrintableText.Escape(label)).RightAligned());
        table.AddColumn(new TableColumn("F1").RightAligned());
        foreach ((int row, string label) in matrix.Labels.Index())
        {
            table.AddRow([
                new Text(PrintableText.Of(numbered ? $"{row + 1,2} {label}" : label)),
                .. Enumerable.Range(0, classes).Select(column => Cell(matrix[row, column], column == row)),
                new Text(TextFormat.Share(matrix.F1(row)))]);
        }

        if (console.Fits(table))
            console.Write(table);
        else
            ShowAsList(console, matrix);
    }

    // For narrow consoles: a row per class that lists its predictions.
    private static void ShowAsList(IAnsiConsole console, ConfusionMatrix matrix)
    {
        Table table = Terminal.Table("class", "F1", "predicted as");
        foreach ((int row, string label) in matrix.Labels.Index())
        {
            IEnumerable<string> predicted = matrix.Labels.Index().Where(column => matrix[row, column.Index] > 0)
                .OrderByDescending(column => matrix[row, column.Index]).Select(column => $"{column.Item} {matrix[row, column.Index]}");
            table.AddTexts(label, TextFormat.Share(matrix.F1(row)), string.Join(", ", predicted));
        }

        console.WriteTable(table);
    }

    private static Text Cell(long count, bool right) =>
        count == 0 ? new Text("·", new Style(decoration: Decoration.Dim))
            : new Text(count.ToString(), right ? new Style(decoration: Decoration.Bold) : Style.Plain);
}
