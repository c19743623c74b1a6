using System.Globalization;
using System.Text.Json;
using Tenon.Cli.Console;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host;

namespace Tenon.Cli.Commands;

/// <summary>The texts that <c>tenon generate</c> generates.</summary>
/// <param name="session">The console.</param>
/// <param name="opened">The model.</param>
/// <param name="choice">How tokens are chosen.</param>
/// <param name="showsScores">Whether the scores of a beam search are shown.</param>
/// <param name="stop">Cancels the work.</param>
internal sealed class Generation(
    Session session, OpenedModel opened, GenerationChoice choice, bool showsScores, CancellationToken stop)
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Proposes tokens; null for none.</summary>
    public DraftModel? Draft { get; init; }

    /// <summary>Prompts, or source texts.</summary>
    public required string[] Prompts { get; init; }

    /// <summary>Conversations to continue; null when prompts are.</summary>
    public required Conversation[]? Conversations { get; init; }

    // A conversation is shown by its last message.
    private string[] Shown => Conversations?.Select(chat => chat.Messages[^1].Content).ToArray() ?? Prompts;

    // A continuation belongs to its prompt; a reply or a translation is a text of its own.
    private bool Continues => Conversations is null && opened.Model is not IEncoderDecoder;

    /// <summary>
    /// The results for a file. Computed before the file is created, so that an over-long prompt is reported with its number.
    /// </summary>
    public IEnumerable<object> Results() => choice.Beams is null
        ? Shown.Zip(Make(onText: null), (prompt, continuation) => (object)new { prompt, continuation.Text, continuation.Ending })
        : Shown.Zip(Search()).SelectMany(found => found.Second.Select(
            text => (object)new { prompt = found.First, text.Text, text.Score, text.Ending }));

    /// <summary>Prints the texts.</summary>
    /// <param name="json">Whether as JSON.</param>
    public void Print(bool json)
    {
        TextWriter text = session.Console.Text();
        string[] shown = Shown;
        if (choice.Beams is not null)
        {
            Print(json, text, shown, Search());
            return;
        }

        bool streams = !json && shown.Length == 1;
        if (streams && Continues)
            text.Write(shown[0]);
        IReadOnlyList<Continuation> made = Make(streams ? Stream : null);
        if (json)
        {
            text.WriteLine(JsonSerializer.Serialize(
                shown.Zip(made, (prompt, continuation) => new { prompt, continuation.Text, continuation.Ids, continuation.Ending }), Json));
        }
        else if (streams)
        {
            text.WriteLine();
        }
        else
        {
            foreach ((string prompt, Continuation continuation) in shown.Zip(made))
                text.WriteLine($"{prompt}{(Continues ? "" : "\n")}{continuation.Text}\n");
        }

        void Stream(int prompt, string piece)
        {
            text.Write(piece);
            text.Flush();
        }
    }

    private void Print(bool json, TextWriter text, string[] shown, IReadOnlyList<IReadOnlyList<ScoredContinuation>> found)
    {
        if (json)
        {
            text.WriteLine(JsonSerializer.Serialize(
                shown.Zip(found).SelectMany(each => each.Second.Select(best =>
                    new { prompt = each.First, best.Text, best.Ids, best.Score, best.Ending })), Json));
            return;
        }

        foreach ((string prompt, IReadOnlyList<ScoredContinuation> texts) in shown.Zip(found))
        {
            if (shown.Length > 1 && !Continues)
                text.WriteLine(prompt);
            foreach (ScoredContinuation best in texts)
            {
                string score = showsScores ? string.Create(CultureInfo.InvariantCulture, $"{best.Score,9:F4}  ") : "";
                text.WriteLine($"{score}{(Continues ? prompt : "")}{best.Text}");
            }

            if (shown.Length > 1)
                text.WriteLine();
        }
    }

    private IReadOnlyList<Continuation> Make(Action<int, string>? onText)
    {
        IReadOnlyList<Continuation> made = Conversations is null
            ? opened.Generate(Inputs(), choice.Sampling, choice.Seed, onText, stop, Draft)
            : opened.Chat(Conversations, choice.Sampling, choice.Seed, onText, stop, Draft);
        int cut = made.Count(text => text.Ending is GenerationEnding.Length or GenerationEnding.Context);
        if (choice.Sampling.Format is not null && cut > 0)
        {
            session.Note($"{cut} of {made.Count} texts reached --max-new-tokens or the end of the context, so they may be incomplete in " +
                "their format.");
        }

        return made;
    }

    private IReadOnlyList<IReadOnlyList<ScoredContinuation>> Search() => opened.Search(Inputs(), choice.Beams, choice.Sampling, stop);

    private string[] Inputs() => choice.Prefix.Length == 0 ? Prompts : Array.ConvertAll(Prompts, prompt => choice.Prefix + prompt);
}
