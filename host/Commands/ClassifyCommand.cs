using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Commands.Files;
using Tenon.Cli.Console;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

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
        var top = new Option<int>("--top") { Description = "Classes to show per input.", DefaultValueFactory = _ => 5 };
        top.Accept(value => value >= 1, "1 or more");
        var command = new Command("classify", "Classifies texts, the words of texts, or images.")
        {
            folder, inputs, Session.DeviceSettings(), files.Input, files.Field, files.Output, top, session.Adapters, session.Device, session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, stop) =>
        {
            string[] given = files.Read(result, result.GetValue(inputs) ?? []);
            if (opened.Model is ITokenClassifier { Labels.Count: > 0 })
            {
                var tagger = new WordTagger(opened);
                Finish(session, result, files, tagger.Tag(given, stop), tagged => Show(session, tagged), WordLists.Of);
                return ExitCode.Done;
            }

            int most = result.GetValue(top);
            Finish(
                session, result, files,
                given.Zip(Probabilities(opened, given, stop), (input, row) => new Classes(input, Best(opened, row, most))), classified => Show(session, classified));
            session.ReportTruncated(opened, given.Length);
            return ExitCode.Done;
        }));
        return command;
    }

    // Writes the results to a file, where 'row' converts a result to a table row, or shows them on the screen.
    private static void Finish<T>(
        Session session, ParseResult arguments, InputOptions files, IEnumerable<T> results, Action<T[]> show, Func<T, object>? row = null) where T : class
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
                table.AddTexts(word.Word, word.Tag, TextFormat.Share(word.Probability).PadLeft(7), TextFormat.Bar(word.Probability));
            session.Console.Write(table);
        }
    }

    private static IEnumerable<float[]> Probabilities(OpenedModel opened, string[] inputs, CancellationToken stop)
    {
        var model = opened.As<IClassifier>("classify");
        return opened.Rows(inputs, batch => model.ClassLogits(batch).softmax(-1), model.Labels.Count, stop);
    }

    private static ClassProbability[] Best(OpenedModel opened, float[] row, int top) =>
        [.. ((IClassifier)opened.Model).Labels.Zip(row, (label, probability) => new ClassProbability(label, probability))
            .OrderByDescending(entry => entry.Probability).Take(top)];

    private static void Show(Session session, Classes[] classified)
    {
        foreach (Classes one in classified)
        {
            session.Line(one.Input);
            Table table = Terminal.Table("class", "probability", "");
            foreach (ClassProbability entry in one.Labels)
                table.AddTexts(entry.Label, TextFormat.Share(entry.Probability).PadLeft(7), TextFormat.Bar(entry.Probability));
            session.Console.Write(table);
        }
    }

    private sealed record ClassProbability(string Label, double Probability);

    private sealed record Classes(string Input, IReadOnlyList<ClassProbability> Labels);

    // Sentences differ in length, but all rows of a table have the same columns, so each list is JSON in one cell.
    private sealed record WordLists(string Input, string Words, string Tags, string Probabilities)
    {
        public static WordLists Of(TaggedText tagged) => new(
            tagged.Input, OutputFile.Cell(tagged.Words.Select(word => word.Word)), OutputFile.Cell(tagged.Words.Select(word => word.Tag)),
            OutputFile.Cell(tagged.Words.Select(word => word.Probability)));
    }
}
