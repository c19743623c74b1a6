using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon answer</c>: answers questions with spans of a text.</summary>
internal static class AnswerCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var defaults = new AnswerOptions();
        Argument<string> folder = CommandLine.Folder();
        Argument<string[]> questions = CommandLine.Inputs("question", "Question about the text (repeatable).");
        var passage = new Option<string?>("--passage") { Description = "The text to search for answers." };
        var document = new Option<string?>("--document", "-d")
        {
            Description = "Text file to search for answers. It may be longer than the model's context.",
        };
        var top = new Option<int>("--top") { Description = "Answers to show per question.", DefaultValueFactory = _ => defaults.Top };
        var threshold = new Option<double>("--threshold")
        {
            Description = "How far the score of \"no answer\" may exceed that of the best answer before a question counts as " +
                "unanswerable. A larger value answers more questions.",
            DefaultValueFactory = _ => defaults.Threshold,
        };
        var length = new Option<int>("--max-tokens")
        {
            Description = "Longest answer in tokens.",
            DefaultValueFactory = _ => defaults.MaxTokens,
        };
        top.Accept(value => value is >= 1 and <= AnswerOptions.Considered, $"1 … {AnswerOptions.Considered}");
        threshold.Accept(double.IsFinite, "a number");
        length.Accept(value => value is >= 1 and <= 512, "1 … 512");
        var command = new Command("answer", "Answers questions with spans of a text, or reports that the text does not answer them.")
        {
            folder, questions, Session.DeviceSettings(), passage, document, top, threshold, length, session.Adapters, session.Device,
            session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, stop) =>
        {
            string text = Text(result.GetValue(passage), result.GetValue(document));
            IReadOnlyList<AnsweredQuestion> answered = opened.Answer(result.GetValue(questions)!, text, new AnswerOptions
            {
                Top = result.GetValue(top),
                Threshold = result.GetValue(threshold),
                MaxTokens = result.GetValue(length),
            }, stop);
            if (result.GetValue(session.Json))
                session.Write(JsonSerializer.SerializeToNode(answered, JsonSerializerOptions.Web)!);
            else
                Show(session, answered);
            return ExitCode.Done;
        }));
        return command;
    }

    private static string Text(string? passage, string? document)
    {
        if (passage is null == document is null)
            throw new OptionsException("Pass the text to search: either --passage \"…\" or --document FILE.");
        if (passage is not null)
            return passage;
        if (!File.Exists(document))
            throw new OptionsException($"The document '{document}' does not exist. Name a text file.");
        try
        {
            return File.ReadAllText(document, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException)
        {
            throw new OptionsException(
                $"The document '{document}' is not valid UTF-8. Convert it from its encoding: iconv -f WINDOWS-1252 -t UTF-8.");
        }
    }

    private static void Show(Session session, IEnumerable<AnsweredQuestion> answered)
    {
        foreach (AnsweredQuestion one in answered)
        {
            session.Line(one.Question);
            Table table = Terminal.Table("answer", "score", "probability", "characters");
            foreach (FoundAnswer answer in one.Answers)
            {
                table.AddTexts(
                    answer.Start is null ? "no answer" : answer.Text.ReplaceLineEndings(" "),
                    answer.Score.ToString("N2", CultureInfo.InvariantCulture), TextFormat.Share(answer.Probability).PadLeft(7),
                    answer.Start is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{answer.Start} … {answer.End}"));
            }

            session.Console.WriteTable(table);
        }
    }
}
