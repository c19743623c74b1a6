using System.Globalization;
using Tenon.Studies;

namespace Tenon.AttentionStudy;

/// <summary>What was measured.</summary>
/// <param name="Experiment">Its name, such as <c>reverse</c> or <c>recall</c>.</param>
/// <param name="Model">Key of the model.</param>
/// <param name="Length">Longest sequence in letters, or number of tokens.</param>
/// <param name="Seed">The seed of the run; 0 for times.</param>
/// <param name="Steps">Training steps of the run; 0 for times.</param>
internal sealed record Cell(string Experiment, string Model, int Length, int Seed = 0, int Steps = 0)
{
    /// <summary>Its columns in the file of the results.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Experiment},{Model},{Length},{Seed},{Steps}");
}

/// <summary>The results of the study.</summary>
/// <param name="file">The file; read if it exists.</param>
internal sealed class Results(string file)
{
    private readonly StoredFigures _figures = new(file, "experiment,model,length,seed,steps,value");

    /// <summary>Whether all of some cells have results.</summary>
    public bool Has(params IEnumerable<Cell> cells) => _figures.Has(cells.Select(cell => cell.Key));

    /// <summary>Stores a result.</summary>
    public void Add(Cell cell, double value) => _figures.Add(cell.Key, value);

    /// <summary>A result that does not depend on a seed; null if there is none.</summary>
    public double? Of(Cell cell) => _figures.Of(cell.Key);

    /// <summary>Mean of the results of several seeds, and their standard deviation; null if one has none.</summary>
    public (double Mean, double Deviation)? Of(Cell cell, IReadOnlyList<int> seeds)
    {
        double[] values = [.. seeds.Select(seed => Of(cell with { Seed = seed })).OfType<double>()];
        return values.Length < seeds.Count ? null : OverSeeds.Of(values);
    }
}
