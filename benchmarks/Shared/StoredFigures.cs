using System.Globalization;
using Tenon.Host.Native;

namespace Tenon.Studies;

/// <summary>
/// The figures of a study that takes long, so that it resumes where it was stopped: a CSV file with one figure per line, in the last
/// column, which is replaced with each new figure.
/// </summary>
/// <param name="file">The file; read if it exists.</param>
/// <param name="header">Names of the columns.</param>
internal sealed class StoredFigures(string file, string header)
{
    private readonly Dictionary<string, double> _found = Read(file);

    /// <summary>Whether there are figures for all of some keys.</summary>
    /// <param name="keys">The other columns of a line, separated by commas.</param>
    public bool Has(params IEnumerable<string> keys) => keys.All(_found.ContainsKey);

    /// <summary>The figure of a key; null if there is none.</summary>
    public double? Of(string key) => _found.TryGetValue(key, out double value) ? value : null;

    /// <summary>Stores a figure.</summary>
    public void Add(string key, double value)
    {
        _found[key] = value;
        Durable.WriteText(file, string.Concat(_found.Select(Line).Prepend($"{header}\n")));
    }

    private static string Line(KeyValuePair<string, double> figure) =>
        string.Create(CultureInfo.InvariantCulture, $"{figure.Key},{figure.Value:G12}\n");

    private static Dictionary<string, double> Read(string file) => !File.Exists(file)
        ? new Dictionary<string, double>(StringComparer.Ordinal)
        : File.ReadLines(file).Skip(1).ToDictionary(
            line => line[..line.LastIndexOf(',')],
            line => double.Parse(line[(line.LastIndexOf(',') + 1)..], CultureInfo.InvariantCulture),
            StringComparer.Ordinal);
}
