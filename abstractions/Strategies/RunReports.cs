namespace Tenon;

/// <summary>A table shown at the end of a run.</summary>
/// <param name="Title">Title.</param>
/// <param name="Columns">Names of the columns; the first is left-aligned, the others right-aligned.</param>
/// <param name="Rows">Cells, one per column in each row.</param>
public sealed record RunTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A plot of curves.</summary>
/// <param name="Title">Title.</param>
/// <param name="X">Name of the horizontal axis.</param>
/// <param name="Y">Name of the vertical axis.</param>
/// <param name="Curves">At least one, with at least one point.</param>
public sealed record RunFigure(string Title, string X, string Y, IReadOnlyList<Curve> Curves)
{
    /// <summary>Whether the horizontal axis is logarithmic; all X must then be positive.</summary>
    public bool LogarithmicX { get; init; }
}

/// <summary>A curve in a plot.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">From left to right.</param>
public sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>A point of a curve.</summary>
/// <param name="X">Horizontal position.</param>
/// <param name="Y">Vertical position.</param>
/// <param name="Spread">Half the height of the error bar, such as a standard deviation; 0 for no bar.</param>
public sealed record CurvePoint(double X, double Y, double Spread = 0);
