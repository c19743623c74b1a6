using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Commands.Files;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Inference;
using Tenon.Host.Inference.Text;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon classify</c>: classifies texts, their words, or images.</summary>
internal static class ClassifyCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        Argument<string[]> inputs = CommandLine.OptionalInputs("input", "Texts or image files, depending on the model.");
        var files = new InputOptions("text", "input");
        Option<long> pixels = CommandLine.MaximumPixels();
        var top = new Option<int>("--top") { Description = "Classes to show per input.", DefaultValueFactory = _ => 5 };
        top.Accept(value => value >= 1, "1 or more");
        var command = new Command("classify", "Classifies texts, the words of texts, or images.")
        {
            folder, inputs, Session.DeviceSettings(), files.Input, files.Field, files.Output, top, pixels, session.Adapters,
            session.Device, session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, stop) =>
        {
            string[] given = files.Read(session, result, result.GetValue(inputs) ?? []);
            opened.MaximumPixels = result.GetValue(pixels);
            if (opened.Model is ITokenClassifier { Labels.Count: > 0 })
                Finish(session, result, files, opened.Tag(given, stop), tagged => Show(session, tagged), WordLists.Of);
            else
                Finish(session, result, files, opened.Classify(given, result.GetValue(top), stop), classified => Show(session, classified));
            session.ReportTruncated(opened, given.Length);
            return ExitCode.Done;
        }));
        return command;
    }

    // Writes the results to a file, where 'row' converts a result to a table row, or shows them on the screen.
    private static void Finish<T>(
        Session session, ParseResult arguments, InputOptions files, IEnumerable<T> results, Action<T[]> show,
        Func<T, object>? row = null) where T : class
    {
        if (files.Write(session, arguments, results, row))
            return;
        T[] all = [.. results];
        if (arguments.GetValue(session.Json))
            session.Write(JsonSerializer.SerializeToNode(all, JsonSerializerOptions.Web)!);
        else
            show(all);
    }

    private static void Show(Session session, TaggedText[] tagged)
    {
        foreach (TaggedText one in tagged)
        {
            session.Line(one.Input);
            Table table = Terminal.Table("word", "class", "probability", "");
            foreach (TaggedWord word in one.Words)
            {
                if (word is { Tag: { } tag, Probability: { } probability })
                    table.AddTexts(word.Word, tag, TextFormat.Share(probability).PadLeft(7), TextFormat.Bar(probability));
                else
                    table.AddTexts(word.Word, "not tagged", "", "");
            }

            session.Console.WriteTable(table);
        }
    }

    private static void Show(Session session, Classification[] classified)
    {
        foreach (Classification one in classified)
        {
            session.Line(one.Input);
            Table table = Terminal.Table("class", "probability", "");
            foreach (ClassProbability entry in one.Labels)
                table.AddTexts(entry.Label, TextFormat.Share(entry.Probability).PadLeft(7), TextFormat.Bar(entry.Probability));
            session.Console.WriteTable(table);
        }
    }

    // Sentences differ in length, but all rows of a table have the same columns, so each list is JSON in one cell.
    private sealed record WordLists(string Input, string Words, string Tags, string Probabilities)
    {
        public static WordLists Of(TaggedText tagged) => new(
            tagged.Input, OutputFile.Cell(tagged.Words.Select(word => word.Word)), OutputFile.Cell(tagged.Words.Select(word => word.Tag)),
            OutputFile.Cell(tagged.Words.Select(word => word.Probability)));
    }
}
