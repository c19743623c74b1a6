using System.Globalization;
using Tenon.Host.Native;

namespace Tenon.AttentionStudy;

/// <summary>What was measured.</summary>
/// <param name="Experiment">Its name, such as <c>reverse</c> or <c>recall</c>.</param>
/// <param name="Model">Key of the model.</param>
/// <param name="Length">Longest sequence in letters, or number of tokens.</param>
/// <param name="Seed">The seed of the run; 0 for times.</param>
/// <param name="Steps">Training steps of the run; 0 for times.</param>
internal sealed record Cell(string Experiment, string Model, int Length, int Seed = 0, int Steps = 0);

/// <summary>The results of the study, one line of <c>results.csv</c> each. The file is replaced with each result.</summary>
/// <param name="file">The file; read if it exists.</param>
internal sealed class Results(string file)
{
    private const string Header = "experiment,model,length,seed,steps,value";
    private readonly Dictionary<Cell, double> _found = Read(file);

    /// <summary>Whether all of some cells have results.</summary>
    public bool Has(params IEnumerable<Cell> cells) => cells.All(_found.ContainsKey);

    /// <summary>Stores a result.</summary>
    public void Add(Cell cell, double value)
    {
        _found[cell] = value;
        Durable.WriteText(file, string.Concat(_found.Select(Line).Prepend($"{Header}\n")));
    }

    /// <summary>Mean of the results of several seeds, and their standard deviation; null if one has none.</summary>
    public (double Mean, double Deviation)? Of(Cell cell, IReadOnlyList<int> seeds)
    {
        Cell[] cells = [.. seeds.Select(seed => cell with { Seed = seed })];
        if (!Has(cells))
            return null;
        double[] values = [.. cells.Select(each => _found[each])];
        double mean = values.Average();
        return (mean, values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)));
    }

    /// <summary>A result that does not depend on a seed; null if there is none.</summary>
    public double? Of(Cell cell) => _found.TryGetValue(cell, out double value) ? value : null;

    private static Dictionary<Cell, double> Read(string file) => !File.Exists(file) ? [] : File.ReadLines(file).Skip(1)
        .Select(line => line.Split(','))
        .ToDictionary(
            cells => new Cell(cells[0], cells[1], Whole(cells[2]), Whole(cells[3]), Whole(cells[4])),
            cells => double.Parse(cells[5], CultureInfo.InvariantCulture));

    private static string Line(KeyValuePair<Cell, double> result)
    {
        (string experiment, string model, int length, int seed, int steps) = result.Key;
        return string.Create(CultureInfo.InvariantCulture, $"{experiment},{model},{length},{seed},{steps},{result.Value:G6}\n");
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
