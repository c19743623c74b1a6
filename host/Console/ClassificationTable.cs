using Spectre.Console;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Cli.Console;

/// <summary>Accuracy of a model beside that of other methods, on the same examples; and what was taken for what.</summary>
internal static class ClassificationTable
{
    /// <summary>Most classes whose confusion fits a screen.</summary>
    public const int MostClasses = 12;

    private const int LettersInARow = 50;

    /// <summary>Shows the comparison.</summary>
    /// <param name="console">Where.</param>
    /// <param name="rows">A row each.</param>
    public static void Show(IAnsiConsole console, IEnumerable<ClassificationBaseline> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title("classes, on the same examples")
            .AddColumn("method").AddColumn(new TableColumn("accuracy").RightAligned()).AddColumn(new TableColumn("macro-F1").RightAligned());
        foreach (ClassificationBaseline row in rows)
            table.AddRow(Markup.Escape(row.Name), TextFormat.Share(row.Accuracy), TextFormat.Share(row.MacroF1));
        console.Write(table);
    }

    /// <summary>Shows which classes were taken for which; of many classes nothing, since it would not fit.</summary>
    /// <param name="console">Where.</param>
    /// <param name="matrix">Counts.</param>
    public static void Show(IAnsiConsole console, ConfusionMatrix matrix)
    {
        int classes = matrix.Labels.Count;
        if (classes > MostClasses)
            return;
        Table table = new Table().Border(TableBorder.Rounded).Title("rows: the class, columns: what it was taken for").AddColumn("");
        // Long names would be broken over lines: a column then has its row's number.
        bool numbered = matrix.Labels.Sum(label => label.Length) > LettersInARow;
        foreach ((int index, string label) in matrix.Labels.Index())
            table.AddColumn(new TableColumn(numbered ? $"{index + 1}" : Markup.Escape(label)).RightAligned());
        table.AddColumn(new TableColumn("F1").RightAligned());
        foreach ((int row, string label) in matrix.Labels.Index())
        {
            table.AddRow([
                new Text(numbered ? $"{row + 1,2} {label}" : label),
                .. Enumerable.Range(0, classes).Select(column => Cell(matrix[row, column], column == row)),
                new Text(TextFormat.Share(matrix.F1(row)))]);
        }

        console.Write(table);
    }

    private static Text Cell(long count, bool right) =>
        count == 0 ? new Text("·", new Style(decoration: Decoration.Dim)) : new Text(count.ToString(), right ? new Style(decoration: Decoration.Bold) : Style.Plain);
}
