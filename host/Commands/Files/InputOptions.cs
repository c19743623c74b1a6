using System.CommandLine;
using System.Globalization;
using Tenon.Host;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Files;

/// <summary>The options with which a command reads its inputs from files and writes its results to one.</summary>
/// <param name="usual">The default column or field of an input.</param>
/// <param name="noun">What an input is called: <c>input</c>, <c>prompt</c>.</param>
internal sealed class InputOptions(string usual, string noun)
{
    /// <summary>The option for input files.</summary>
    public Option<string[]> Input { get; } = new("--input", "-i")
    {
        Description = $"File with one {noun} per row or line: .csv, .tsv, .jsonl, or text; - for standard input (repeatable).",
    };

    /// <summary>The option for the column or field.</summary>
    public Option<string?> Field { get; } = new("--field")
    {
        Description = $"Column or JSON field that contains the {noun} in --input. Default: {usual}, or the only column or field.",
    };

    /// <summary>The option for the file of results.</summary>
    public Option<string?> Output { get; } = new("--output", "-o")
    {
        Description = "File for the results, in the order of the inputs: .jsonl, .csv or .tsv.",
    };

    /// <summary>Creates the reader of input files.</summary>
    /// <param name="session">Reports remarks on a file.</param>
    /// <param name="result">The command line.</param>
    public InputFile File(Session session, ParseResult result) => new(result.GetValue(Field), usual, session.Note);

    /// <summary>Returns the inputs: those on the command line, then those in the files.</summary>
    /// <param name="session">Reports remarks on a file.</param>
    /// <param name="result">The command line.</param>
    /// <param name="typed">Inputs on the command line.</param>
    /// <exception cref="OptionsException">There are no inputs, or an option is invalid.</exception>
    public string[] Read(Session session, ParseResult result, IReadOnlyList<string> typed)
    {
        if (result.GetValue(Output) is { } output)
            OutputFile.Check(output);
        InputFile file = File(session, result);
        string[] inputs = [.. typed, .. (result.GetValue(Input) ?? []).SelectMany(file.Read)];
        return inputs.Length > 0 ? inputs : throw new OptionsException($"Pass at least one {noun}, or a file of them with --input.");
    }

    /// <summary>Writes the results to the file that the user named.</summary>
    /// <param name="session">Reports what was written.</param>
    /// <param name="result">The command line.</param>
    /// <param name="results">Objects that serialize to JSON, one per input.</param>
    /// <param name="row">
    /// Converts a result whose lists differ in length to a table row; null if results are written as they are.
    /// </param>
    /// <returns>False if the user named no file; nothing was computed then.</returns>
    public bool Write<T>(Session session, ParseResult result, IEnumerable<T> results, Func<T, object>? row = null) where T : class
    {
        if (result.GetValue(Output) is not { } output)
            return false;
        // One process writes what all have computed.
        if (TenonHost.Rank > 0)
            return true;
        long count = OutputFile.Write(output, results, row);
        session.Line(string.Create(CultureInfo.InvariantCulture, $"Wrote {count:N0} results to '{output}'."));
        return true;
    }
}
