using System.ComponentModel.DataAnnotations;
using Tenon.Text.Files;
using Tenon.Text.Shipped;

namespace Tenon.Text.Preferences;

/// <summary>Which sentences are taken, and how much of each is a prompt.</summary>
public record SentenceStartsOptions
{
    /// <summary>Text files with a sentence in each line, written as for <c>text-files</c>; null: the example sentences of WordNet that are shipped.</summary>
    [MinLength(1)]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Words at the start of a sentence that are the prompt; sentences without more words are left out.</summary>
    [Range(1, 1000)]
    public int Words { get; init; } = 3;
}

/// <summary>The starts of sentences as prompts, their rests as responses.</summary>
[Data("sentence-starts", "Starts of sentences as prompts, of your own files or of WordNet's 42,346 examples, of which every 20th is held out", Stability = Stability.Preview)]
public sealed class SentenceStartsData : IData<SentenceStartsOptions, PromptExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public SentenceStartsData() : this(CacheFolder.OfUser()) { }

    internal SentenceStartsData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<PromptExample> Open(SentenceStartsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        SentenceStarts starts = SentenceStarts.Read(options, _cache, context);
        int count = starts.Train.Count + (starts.HeldOut?.Count ?? 0);
        return new InMemoryDataset<PromptExample>(
            new DataFacts { Summary = FormattableString.Invariant($"{count:N0} starts of sentences, {options.Words} words each"), Fingerprint = starts.Fingerprint },
            starts.Train, starts.HeldOut);
    }
}

/// <summary>Sentences that are long enough, cut behind the prompt.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="HeldOut">Those that are held out of WordNet's; null: of one's own files the recipe holds out a share.</param>
/// <param name="Fingerprint">What they depend on.</param>
internal sealed record SentenceStarts(IReadOnlyList<PromptExample> Train, IReadOnlyList<PromptExample>? HeldOut, string Fingerprint)
{
    /// <summary>Reads sentences and cuts them.</summary>
    /// <exception cref="DataException">A file is missing or malformed, or no sentence is long enough.</exception>
    public static SentenceStarts Read(SentenceStartsOptions options, CacheFolder cache, DataContext context)
    {
        (IReadOnlyList<string> sentences, IReadOnlyList<string>? heldOut, string fingerprint) = Sentences(options.Files, cache, context);
        var starts = new SentenceStarts(Cut(sentences, options.Words), heldOut is null ? null : Cut(heldOut, options.Words),
            CacheFolder.Fingerprint(["sentence-starts/2", fingerprint, $"{options.Words}"]));
        return starts.Train.Count > 0 && starts.HeldOut?.Count != 0
            ? starts
            : throw new DataException($"None of the {sentences.Count} sentences has more than {options.Words} words, which 'words' asks for. Lower it.");
    }

    private static PromptExample[] Cut(IReadOnlyList<string> sentences, int words) =>
        [.. sentences.Select(sentence => Cut(sentence, words)).OfType<PromptExample>()];

    // The space before the rest belongs to the rest: tokens of words begin with it.
    private static PromptExample? Cut(string sentence, int words)
    {
        int at = 0;
        for (int word = 0; word < words; word++)
        {
            while (at < sentence.Length && char.IsWhiteSpace(sentence[at]))
                at++;
            while (at < sentence.Length && !char.IsWhiteSpace(sentence[at]))
                at++;
        }

        string rest = sentence[at..].TrimEnd();
        return rest.Length > 0 ? new PromptExample(sentence[..at], rest) : null;
    }

    private static (IReadOnlyList<string> Train, IReadOnlyList<string>? HeldOut, string Fingerprint) Sentences(
        IReadOnlyList<string>? files, CacheFolder cache, DataContext context)
    {
        if (files is null)
        {
            (IReadOnlyList<string> train, IReadOnlyList<string> heldOut) = WordNetSentences.Divide();
            return (train, heldOut, WordNetSentences.Fingerprint);
        }

        using IDataset<TextExample> lines = new TextFilesData(cache).Open(new TextFilesOptions { Files = files, Documents = DocumentUnit.Line }, context);
        string[] sentences = new string[lines.Train.Count];
        for (int i = 0; i < sentences.Length; i++)
            sentences[i] = lines.Train[i].Text.TrimEnd();
        return (sentences, null, lines.Facts.Fingerprint ?? CacheFolder.Fingerprint(sentences));
    }
}
