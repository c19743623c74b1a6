using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon tokenize</c>: shows how a folder's tokenizer splits texts.</summary>
internal static class TokenizeCommand
{
    private static readonly JsonSerializerOptions Readable =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        var texts = new Argument<string[]>("text")
        {
            Description = "Text to tokenize (repeatable). Default: the lines of standard input.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var plain = new Option<bool>("--plain")
        {
            Description = "Omit the tokens that the tokenizer adds around a text, and treat special tokens in the text as ordinary text.",
        };
        var command = new Command(
            "tokenize", "Shows the tokens of texts: their ids, their spellings in the vocabulary, and the text that each represents.")
        {
            folder, texts, plain, session.Json,
        };
        command.SetAction(result => session.Guard(result.GetValue(session.Plugins), host =>
        {
            ITokenizer tokenizer = host.OpenTokenizer(result.GetValue(folder)!);
            string[] given = result.GetValue(texts) is { Length: > 0 } typed ? typed : [.. Lines()];
            TokenizedText[] tokenized = [.. given.Select(text => Tokenize(tokenizer, text, result.GetValue(plain)))];
            if (result.GetValue(session.Json))
                session.Line(JsonSerializer.Serialize(tokenized, JsonSerializerOptions.Web));
            else
                Array.ForEach(tokenized, text => Show(session, text));
            return ExitCode.Done;
        }));
        return command;
    }

    private static IEnumerable<string> Lines()
    {
        while (System.Console.In.ReadLine() is { } line)
            yield return line;
    }

    private static TokenizedText Tokenize(ITokenizer tokenizer, string text, bool plain)
    {
        IReadOnlyList<int> ids = plain ? tokenizer.Encode(text) : tokenizer.Frame().Around(tokenizer.Encode(text, recognizeSpecial: true));
        return new TokenizedText(text,
            [.. ids.Select(id => new ShownToken(id, tokenizer.TokenText(id), tokenizer.Decode([id], keepSpecial: true)))]);
    }

    private static void Show(Session session, TokenizedText text)
    {
        session.Line(string.Create(CultureInfo.InvariantCulture, $"{text.Text}: {text.Tokens.Count} tokens"));
        Table table = Terminal.Table(["", "id", "token", "text"]);
        foreach ((int index, ShownToken token) in text.Tokens.Index())
        {
            // As JSON, so that spaces and control characters can be seen.
            table.AddTexts(
                $"{index + 1}", $"{token.Id}", token.Token,
                JsonSerializer.Serialize(token.Text, Readable));
        }

        session.Console.WriteTable(table);
    }

    private sealed record TokenizedText(string Text, IReadOnlyList<ShownToken> Tokens);

    private sealed record ShownToken(int Id, string Token, string Text);
}
