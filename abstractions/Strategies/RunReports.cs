namespace Tenon;

/// <summary>A table that a strategy shows at the end of its run.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">Names of the columns; the first is aligned to the left, the others to the right.</param>
/// <param name="Rows">Cells, as many in each row as there are columns.</param>
public sealed record RunTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A picture of curves.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="X">Name of the horizontal axis.</param>
/// <param name="Y">Name of the vertical axis.</param>
/// <param name="Curves">At least one, with at least one point.</param>
public sealed record RunFigure(string Title, string X, string Y, IReadOnlyList<Curve> Curves)
{
    /// <summary>Whether the horizontal axis is logarithmic; all points then lie right of 0.</summary>
    public bool LogarithmicX { get; init; }
}

/// <summary>A curve of a figure.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">From left to right.</param>
public sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>A point of a curve.</summary>
/// <param name="X">Where it is.</param>
/// <param name="Y">How high it is.</param>
/// <param name="Spread">Drawn that far up and down from it, as a standard deviation; 0: not drawn.</param>
public sealed record CurvePoint(double X, double Y, double Spread = 0);
