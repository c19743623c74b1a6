using System.Globalization;
using Spectre.Console;
using Tenon.LabelStudy.Studies;

namespace Tenon.LabelStudy;

/// <summary>
/// The learning rate of each method on each data set: the best of a few at one number of labels. It is chosen with held-out
/// examples and a seed that the study does not use, so that the choice is not made on the reported results.
/// </summary>
/// <param name="study">The study.</param>
/// <param name="file">Stores the results, one per line; read if it exists.</param>
internal sealed class LearningRates(Study study, string file)
{
    private const int Division = 2;
    private const int Seed = 9;
    private readonly Dictionary<(string Data, string Method, double Rate), double> _found = Read(file);

    /// <summary>The trial runs; none for a method with a single rate.</summary>
    public IEnumerable<(Cell Cell, double Rate)> Trials =>
        from data in study.Data
        from method in study.Methods
        where method.Rates.Length > 1
        from rate in method.Rates
        select (new Cell(data.Name, method, study.TrialLabels, Seed) { Division = Division }, rate);

    /// <summary>Whether a trial has a result.</summary>
    public bool Has(Cell cell, double rate) => _found.ContainsKey(Key(cell, rate));

    /// <summary>Stores a trial's result.</summary>
    public void Add(Cell cell, double rate, double score)
    {
        _found[Key(cell, rate)] = score;
        File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{cell.Data},{cell.Method.Key},{rate},{score:F4}\n"));
    }

    /// <summary>The learning rate of a cell of the study.</summary>
    public double Best(Cell cell) =>
        cell.Method.Rates is [var only] ? only : cell.Method.Rates.MaxBy(rate => _found[Key(cell, rate)]);

    /// <summary>Shows the result of each rate.</summary>
    /// <param name="console">Receives the table.</param>
    public void Show(IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("data").AddColumn("method").AddColumn("rates");
        foreach (IGrouping<(string Data, Method Method), (Cell Cell, double Rate)> row in Trials.GroupBy(
            trial => (trial.Cell.Data, trial.Cell.Method)))
        {
            table.AddRow(row.Key.Data, row.Key.Method.Title, string.Join("   ", row.Select(trial =>
                string.Create(CultureInfo.InvariantCulture, $"{trial.Rate}: {100 * _found[Key(trial.Cell, trial.Rate)]:F1}"))));
        }

        if (table.Rows.Count == 0)
            return;
        console.WriteLine($"{study.Measure} at {study.TrialLabels} labels by learning rate, %");
        console.Write(table);
    }

    private static (string Data, string Method, double Rate) Key(Cell cell, double rate) => (cell.Data, cell.Method.Key, rate);

    private static Dictionary<(string Data, string Method, double Rate), double> Read(string file) =>
        !File.Exists(file) ? [] : File.ReadLines(file)
        .Select(line => line.Split(','))
        .ToDictionary(cells => (cells[0], cells[1], Number(cells[2])), cells => Number(cells[3]));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
