using System.CommandLine;
using System.Globalization;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Files;

/// <summary>The options by which a command reads its inputs from files and writes its results into one.</summary>
/// <param name="usual">The usual column or field of an input.</param>
/// <param name="noun">An input: <c>input</c>, <c>prompt</c>.</param>
internal sealed class InputOptions(string usual, string noun)
{
    /// <summary>Files of inputs.</summary>
    public Option<string[]> Input { get; } = new("--input", "-i")
    {
        Description = $"File with one {noun} per row or line: .csv, .tsv, .jsonl, or text; - for the standard input (repeatable).",
    };

    /// <summary>The column or field.</summary>
    public Option<string?> Field { get; } = new("--field")
    {
        Description = $"Column or JSON field of the {noun} in --input. Default: {usual}, or the only one.",
    };

    /// <summary>The file for results.</summary>
    public Option<string?> Output { get; } = new("--output", "-o")
    {
        Description = "File for the results, in the order of the inputs: .jsonl, .csv or .tsv.",
    };

    /// <summary>The reader of files.</summary>
    /// <param name="session">Reports what the user should know about a file.</param>
    /// <param name="result">The command line.</param>
    public InputFile File(Session session, ParseResult result) => new(result.GetValue(Field), usual, session.Note);

    /// <summary>The inputs: those of the command line, then those of the files.</summary>
    /// <param name="session">Reports what the user should know about a file.</param>
    /// <param name="result">The command line.</param>
    /// <param name="typed">Inputs on the command line.</param>
    /// <exception cref="OptionsException">There are none, or an option is wrong.</exception>
    public string[] Read(Session session, ParseResult result, IReadOnlyList<string> typed)
    {
        if (result.GetValue(Output) is { } output)
            OutputFile.Check(output);
        InputFile file = File(session, result);
        string[] inputs = [.. typed, .. (result.GetValue(Input) ?? []).SelectMany(file.Read)];
        return inputs.Length > 0 ? inputs : throw new OptionsException($"Pass at least one {noun}, or a file of them with --input.");
    }

    /// <summary>Writes the results into the file that the user names.</summary>
    /// <param name="session">Reports what was written.</param>
    /// <param name="result">The command line.</param>
    /// <param name="results">Objects of JSON, one per input.</param>
    /// <param name="row">What a table has of a result whose lists differ in length; null: the result.</param>
    /// <returns>False: the user names none, and nothing was computed.</returns>
    public bool Write<T>(Session session, ParseResult result, IEnumerable<T> results, Func<T, object>? row = null) where T : class
    {
        if (result.GetValue(Output) is not { } output)
            return false;
        long count = OutputFile.Write(output, results, row);
        session.Line(string.Create(CultureInfo.InvariantCulture, $"Wrote {count:N0} results to '{output}'."));
        return true;
    }
}
