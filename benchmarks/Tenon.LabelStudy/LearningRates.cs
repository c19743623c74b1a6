using System.Globalization;
using Spectre.Console;

namespace Tenon.LabelStudy;

/// <summary>
/// The learning rate of each method on each data set: the best of a few at one number of labels. It is chosen with held-out
/// examples and a seed that the study does not use, so that the choice is not made on the reported results.
/// </summary>
/// <param name="file">Stores the results, one per line; read if it exists.</param>
internal sealed class LearningRates(string file)
{
    private const int Labels = 100;
    private const int Division = 2;
    private const int Seed = 9;
    private readonly Dictionary<(string Data, string Method, double Rate), double> _found = Read(file);

    /// <summary>The trial runs.</summary>
    public static IEnumerable<(Cell Cell, double Rate)> Trials =>
        from data in Recipes.Data
        from method in Method.All
        from rate in method.Rates
        select (new Cell(data.Name, method, Labels, Seed) { Division = Division }, rate);

    /// <summary>Whether a trial has a result.</summary>
    public bool Has(Cell cell, double rate) => _found.ContainsKey(Key(cell, rate));

    /// <summary>Stores a trial's result.</summary>
    public void Add(Cell cell, double rate, double macroF1)
    {
        _found[Key(cell, rate)] = macroF1;
        File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{cell.Data},{cell.Method.Key},{rate},{macroF1:F4}\n"));
    }

    /// <summary>The learning rate of a cell of the study.</summary>
    public double Best(Cell cell) => cell.Method.Rates.MaxBy(rate => _found[Key(cell, rate)]);

    /// <summary>Shows the result of each rate.</summary>
    public void Show()
    {
        var table = new Table().Border(TableBorder.Rounded).Title($"macro-F1 at {Labels} labels by learning rate, %")
            .AddColumn("data").AddColumn("method").AddColumn("rates");
        foreach (IGrouping<(string Data, Method Method), (Cell Cell, double Rate)> row in Trials.GroupBy(
            trial => (trial.Cell.Data, trial.Cell.Method)))
        {
            table.AddRow(row.Key.Data, row.Key.Method.Title, string.Join("   ", row.Select(trial =>
                string.Create(CultureInfo.InvariantCulture, $"{trial.Rate}: {100 * _found[Key(trial.Cell, trial.Rate)]:F1}"))));
        }

        AnsiConsole.Write(table);
    }

    private static (string Data, string Method, double Rate) Key(Cell cell, double rate) => (cell.Data, cell.Method.Key, rate);

    private static Dictionary<(string Data, string Method, double Rate), double> Read(string file) =>
        !File.Exists(file) ? [] : File.ReadLines(file)
        .Select(line => line.Split(','))
        .ToDictionary(cells => (cells[0], cells[1], Number(cells[2])), cells => Number(cells[3]));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
