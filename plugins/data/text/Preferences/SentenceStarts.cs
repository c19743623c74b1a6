using System.ComponentModel.DataAnnotations;
using Tenon.Text.Files;
using Tenon.Text.Shipped;

namespace Tenon.Text.Preferences;

/// <summary>Options of <c>sentence-starts</c>.</summary>
public record SentenceStartsOptions
{
    /// <summary>
    /// Text files with one sentence per line, selected as in <c>text-files</c>. Defaults to the built-in example sentences of
    /// WordNet.
    /// </summary>
    [MinLength(1)]
    [Path]
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Number of words of a sentence that form the prompt; sentences without further words are skipped.</summary>
    [Range(1, 1000)]
    public int Words { get; init; } = 3;
}

/// <summary>The first words of sentences as prompts, the rest as responses.</summary>
[Data("sentence-starts",
    "First words of sentences as prompts, from your files or WordNet's 42,346 examples; every 20th of those is held out",
    Stability = Stability.Preview)]
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
            new DataFacts
            {
                Summary = FormattableString.Invariant($"{count:N0} sentence starts of {options.Words} words"),
                Fingerprint = starts.Fingerprint
            },
            starts.Train, starts.HeldOut);
    }
}

/// <summary>Sentences that are long enough, split after the prompt.</summary>
/// <param name="Train">Training sentences.</param>
/// <param name="HeldOut">The held-out WordNet sentences; null for the user's files, of which the recipe holds out a share.</param>
/// <param name="Fingerprint">Changes when the sentences change.</param>
internal sealed record SentenceStarts(IReadOnlyList<PromptExample> Train, IReadOnlyList<PromptExample>? HeldOut, string Fingerprint)
{
    /// <summary>Reads and splits sentences.</summary>
    /// <exception cref="DataException">A file is missing or malformed, or no sentence is long enough.</exception>
    public static SentenceStarts Read(SentenceStartsOptions options, CacheFolder cache, DataContext context)
    {
        (IReadOnlyList<string> sentences, IReadOnlyList<string>? heldOut, string fingerprint) = Sentences(options.Files, cache, context);
        var starts = new SentenceStarts(Cut(sentences, options.Words), heldOut is null ? null : Cut(heldOut, options.Words),
            CacheFolder.Fingerprint(["sentence-starts/2", fingerprint, $"{options.Words}"]));
        return starts.Train.Count > 0 && starts.HeldOut?.Count != 0
            ? starts
            : throw new DataException($"None of the {sentences.Count} sentences has more than {options.Words} words ('words'). Lower it.");
    }

    private static PromptExample[] Cut(IReadOnlyList<string> sentences, int words) =>
        [.. sentences.Select(sentence => Cut(sentence, words)).OfType<PromptExample>()];

    // The space before the response belongs to the response, because word tokens begin with a space.
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

        using IDataset<TextExample> lines =
            new TextFilesData(cache).Open(new TextFilesOptions { Files = files, Documents = DocumentUnit.Line }, context);
        string[] sentences = new string[lines.Train.Count];
        for (int i = 0; i < sentences.Length; i++)
            sentences[i] = lines.Train[i].Text.TrimEnd();
        return (sentences, null, lines.Facts.Fingerprint ?? CacheFolder.Fingerprint(sentences));
    }
}
