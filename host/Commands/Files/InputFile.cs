using System.Text;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Files;

/// <summary>
/// Reads inputs from files: a column of CSV or TSV, a field of JSON Lines, or the lines of a text file; or from standard input.
/// </summary>
/// <param name="field">The column or field; null for <paramref name="usual"/>, or the only one.</param>
/// <param name="usual">The usual column or field.</param>
/// <param name="warn">Receives remarks on a file.</param>
internal sealed class InputFile(string? field, string usual, Action<string> warn)
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Reads the inputs of a file in order, without the empty lines of text files.</summary>
    /// <param name="path">The file, or <see cref="StandardInput"/>, which has lines, or JSON Lines if a field is named.</param>
    /// <exception cref="OptionsException">The file does not exist, is empty, or has no such column.</exception>
    /// <exception cref="DataException">Rows cannot be read.</exception>
    public IReadOnlyList<string> Read(string path)
    {
        bool isStandard = path == StandardInput;
        if (!isStandard && !File.Exists(path))
            throw new OptionsException($"The input file '{path}' does not exist. Name a .csv, .tsv, .jsonl or text file, or - for the " +
                "standard input.");
        string name = isStandard ? "standard input" : path;
        TableSyntax? syntax = !isStandard ? TableReader.SyntaxOf(path) : field is null ? null : TableSyntax.JsonLines;
        IReadOnlyList<string> inputs = syntax is { } table ? Table(Open, name, table) : Lines(Open, name);
        return inputs.Count > 0 ? inputs : throw new OptionsException($"The input '{name}' is empty. Write one input per line or row.");

        Stream Open() => isStandard ? System.Console.OpenStandardInput() : File.OpenRead(path);
    }

    private string[] Table(Func<Stream> open, string name, TableSyntax syntax)
    {
        var faults = new List<string>();
        var format = new TableFormat([field ?? usual])
        {
            TakesOnly = field is null,
            NoColumn = sentence => new OptionsException($"{sentence} Name one with --field."),
        };
        var reader = new TableReader(format, fault => faults.Add(fault.Message));
        string[] inputs = [.. reader.Read(open, name, syntax).Select(row => row.Cells[0])];
        if (faults.Count > 0)
            throw new DataException(faults, "Correct or remove these rows; --field names the column or field of the inputs.");
        foreach (string note in reader.Notes)
            warn(note);
        return inputs;
    }

    private static List<string> Lines(Func<Stream> open, string name)
    {
        var inputs = new List<string>();
        using var lines = new LineReader(open(), name);
        while (lines.Read())
        {
            if (!lines.Bytes.IsEmpty)
                inputs.Add(Encoding.UTF8.GetString(lines.Bytes));
        }

        return inputs;
    }
}
