using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Inference.Text;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon fill</c>: predicts masked words with a masked language model.</summary>
internal static class FillCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        Argument<string[]> texts = CommandLine.Inputs("text", "Text with a [MASK] for each masked word (repeatable).");
        var top = new Option<int>("--top") { Description = "Words to show per mask.", DefaultValueFactory = _ => 5 };
        top.Accept(value => value >= 1, "1 or more");
        var command = new Command("fill", "Predicts masked words with a masked language model.")
        {
            folder, texts, Session.DeviceSettings(), top, session.Adapters, session.Device, session.Json,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, stop) =>
        {
            IReadOnlyList<FilledText> filled = opened.Fill(result.GetValue(texts)!, result.GetValue(top), stop);
            if (result.GetValue(session.Json))
            {
                session.Write(JsonSerializer.SerializeToNode(filled, JsonSerializerOptions.Web)!);
            }
            else
            {
                foreach (FilledText text in filled)
                    Show(session, text);
            }

            return ExitCode.Done;
        }));
        return command;
    }

    private static void Show(Session session, FilledText filled)
    {
        session.Line(filled.Text);
        Table table = Terminal.Table(filled.Masks.Count == 1 ? ["word", "probability", ""] : ["mask", "word", "probability", ""]);
        foreach ((int index, IReadOnlyList<WordProbability> words) in filled.Masks.Index())
        {
            foreach ((int rank, WordProbability word) in words.Index())
            {
                string[] cells = [word.Word, TextFormat.Share(word.Probability).PadLeft(7), TextFormat.Bar(word.Probability)];
                table.AddTexts(filled.Masks.Count == 1
                    ? cells : [rank == 0 ? (index + 1).ToString(CultureInfo.InvariantCulture) : "", .. cells]);
            }
        }

        session.Console.WriteTable(table);
        session.Line(filled.Completed);
        session.Line("");
    }
}
