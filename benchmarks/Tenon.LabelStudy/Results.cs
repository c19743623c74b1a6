using System.Globalization;
using Spectre.Console;
using Tenon.Cli.Plots;
using Tenon.Host.Artifacts;
using Tenon.LabelStudy.Studies;
using Tenon.Studies;

namespace Tenon.LabelStudy;

/// <summary>The results of a study, one line of <c>results.csv</c> per run, written when the run is finished.</summary>
/// <param name="study">The study.</param>
/// <param name="file">The file; read if it exists.</param>
internal sealed class Results(Study study, string file)
{
    private const string Header = "data,method,labels,seed,macro_f1,accuracy,seconds";
    private readonly Dictionary<Cell, Result> _found = Read(study, file);

    /// <summary>Whether a cell has a result.</summary>
    public bool Has(Cell cell) => _found.ContainsKey(cell);

    /// <summary>Stores a result.</summary>
    public void Add(Cell cell, Result result)
    {
        if (!File.Exists(file))
            File.WriteAllText(file, Header + "\n");
        _found[cell] = result;
        File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture,
            $"{cell.Data},{cell.Method.Key},{cell.Labels},{cell.Seed},{result.MacroF1:F4},{result.Accuracy:F4},{result.Seconds:F1}\n"));
    }

    /// <summary>Mean of the seeds' measure, and its standard deviation.</summary>
    public (double Mean, double Deviation)? Of(string data, Method method, int labels)
    {
        double[] values =
            [.. _found.Where(entry => entry.Key.Data == data && entry.Key.Method == method && entry.Key.Labels == labels)
                .Select(entry => study.Of(entry.Value))];
        return values.Length == 0 ? null : OverSeeds.Of(values);
    }

    /// <summary>Shows a table for each data set and draws its curves into the folder.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="console">Receives the tables and the names of the pictures.</param>
    public void Show(string folder, IAnsiConsole console)
    {
        foreach ((string data, _, _, int[] labels) in study.Data)
        {
            // Above the table, because a title would be wrapped to its width.
            console.WriteLine($"{study.Measure} on held-out examples of {data}, % (mean ± standard deviation over seeds)");
            Table table = new Table().Border(TableBorder.Rounded).AddColumn("labels");
            foreach (int count in labels)
                table.AddColumn(new TableColumn($"{count}").RightAligned());
            var curves = new List<Curve>();
            foreach (Method method in study.Methods.Append(study.Baseline))
            {
                table.AddRow([method.Title, .. labels.Select(count => Of(data, method, count) is var (mean, deviation)
                    ? string.Create(CultureInfo.InvariantCulture, $"{100 * mean:F1} ± {100 * deviation:F1}") : "")]);
                CurvePoint[] points =
                    [.. labels.Select(
                        count => Of(data, method, count) is var (mean, deviation)
                        ? new CurvePoint(count, 100 * mean, 100 * deviation)
                        : null).OfType<CurvePoint>()];
                if (points.Length > 0)
                    curves.Add(new Curve(method.Title, points));
            }

            console.Write(table);
            if (curves.Count == 0)
                continue;
            string picture = Path.Combine(folder, $"{data}.png");
            var figure = new RunFigure(
                $"labels needed: {data}", "labelled training examples", $"{study.Measure} on held-out examples, %", curves)
            { LogarithmicX = true };
            Picture.Write(picture, () => CurvePlot.Png(figure));
            console.WriteLine(picture);
        }
    }

    private static Dictionary<Cell, Result> Read(Study study, string file) => !File.Exists(file) ? [] : File.ReadLines(file).Skip(1)
        .Select(line => line.Split(','))
        .Where(cells => cells.Length == 7)
        .GroupBy(
            cells => new Cell(
                cells[0], study.Methods.Append(study.Baseline).First(method => method.Key == cells[1]), ParseInt(cells[2]),
                ParseInt(cells[3])),
            cells => new Result(Number(cells[4]), Number(cells[5]), Number(cells[6])))
        .ToDictionary(group => group.Key, group => group.Last());

    private static int ParseInt(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
