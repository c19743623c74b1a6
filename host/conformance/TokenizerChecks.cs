using System.Globalization;

namespace Tenon.Conformance;

using TokenizerCheck = Check<TokenizerSubject>;

/// <summary>A tokenizer component with options that make a small tokenizer.</summary>
public sealed class TokenizerSubject
{
    private readonly ITokenizerFactory _factory;
    private readonly object _options;
    private readonly string _folder;

    internal TokenizerSubject(ITokenizerFactory factory, object options, string? folder = null) =>
        (_factory, _options, _folder) = (factory, options, folder ?? Environment.CurrentDirectory);

    /// <summary>A tokenizer component to be checked.</summary>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <param name="factory">The component.</param>
    /// <param name="options">Options; null: the <see cref="ComponentAttribute.TestSettings"/> of its class.</param>
    /// <param name="folder">Where relative paths start; null: the working directory.</param>
    public static TokenizerSubject Of<TOptions>(ITokenizerFactory<TOptions> factory, TOptions? options = null, string? folder = null)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new TokenizerSubject(factory, options ?? TestSettings.Bind(factory), folder);
    }

    internal int? Planned => _factory.VocabularySize(_options);

    internal ITokenizer Create() => _factory.Create(_options, new TokenizerContext(_folder, TokenizerChecks.Texts, _ => { }));

    internal ITokenizer Open(string folder) => _factory.Open(folder);
}

/// <summary>What every tokenizer promises.</summary>
public static class TokenizerChecks
{
    /// <summary>What tokenizers are trained and tried on: several scripts, spaces, punctuation, numbers, emoji.</summary>
    internal static IReadOnlyList<string> Texts { get; } =
    [
        "The quick brown fox jumps over the lazy dog.", "  two spaces\tand a tab\nand a line", "naïve café, Ångström — “quoted”",
        "Привет, мир! 你好世界 こんにちは", "3.14159 + 2,718 = 5.85987", "emoji 🙂🚀 and e\u0301 combined", "x", "don't can't we'll [MASK] <|endoftext|>",
    ];

    /// <summary>Decoded and encoded again, ids stay.</summary>
    public static TokenizerCheck RoundTrip { get; } = new("round trip", "Decoding ids and encoding the text again gives the same text.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            string once = tokenizer.Decode(tokenizer.Encode(text)), twice = tokenizer.Decode(tokenizer.Encode(once));
            if (once != twice)
                wrong.Add($"'{text}' is decoded to '{once}', and that to '{twice}'.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Ids are in range.</summary>
    public static TokenizerCheck Range { get; } = new("ids are in the vocabulary", "Each id is in [0, VocabularySize), and others are refused.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        int[] outside = [.. Texts.SelectMany(t => tokenizer.Encode(t)).Where(id => id < 0 || id >= tokenizer.VocabularySize)];
        if (outside.Length > 0)
            return Verdict.Broken($"The id {outside[0]} is outside the vocabulary of {tokenizer.VocabularySize}.");
        List<string> wrong = [];
        foreach (int id in new[] { -1, tokenizer.VocabularySize })
        {
            try
            {
                tokenizer.Decode([id]);
                wrong.Add($"The id {id} is decoded, and the vocabulary has {tokenizer.VocabularySize}.");
            }
            catch (ArgumentOutOfRangeException)
            {
            }
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Special tokens have ids of their own.</summary>
    public static TokenizerCheck Special { get; } = new("special tokens are special", "Special ids are in the vocabulary; their spelling becomes the id only when asked for; decoding leaves them away.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        SpecialTokens s = tokenizer.Special;
        List<string> wrong = [];
        foreach (int id in new[] { s.EndOfText, s.BeginOfText, s.Pad, s.Unknown, s.Classify, s.Separator, s.Mask }.OfType<int>().Distinct())
        {
            if (id < 0 || id >= tokenizer.VocabularySize)
            {
                wrong.Add($"The special id {id} is outside the vocabulary of {tokenizer.VocabularySize}.");
                continue;
            }

            string spelling = tokenizer.TokenText(id);
            if (!tokenizer.Encode(spelling, recogniseSpecial: true).SequenceEqual([id]))
                wrong.Add($"'{spelling}' does not become its id {id} when special tokens are recognised.");
            if (id != s.Unknown && tokenizer.Encode(spelling).Contains(id))
                wrong.Add($"'{spelling}' in a text becomes the special id {id} without being asked for.");
            if (tokenizer.Decode([id]).Length > 0)
                wrong.Add($"The special id {id} is decoded to '{tokenizer.Decode([id])}' although special tokens are to be left away.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Spelling and id belong together.</summary>
    public static TokenizerCheck Spelling { get; } = new("spelling and id fit", "TokenId(TokenText(id)) is the id.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        int[] wrong = [.. Enumerable.Range(0, Math.Min(tokenizer.VocabularySize, 2000)).Where(id => tokenizer.TokenId(tokenizer.TokenText(id)) != id)];
        return wrong.Length == 0 ? Verdict.Kept
            : Verdict.Broken($"The id {wrong[0]} is spelled '{tokenizer.TokenText(wrong[0])}', which is the id {tokenizer.TokenId(tokenizer.TokenText(wrong[0]))?.ToString(CultureInfo.InvariantCulture) ?? "of nothing"}.");
    });

    /// <summary>Streaming gives the same text.</summary>
    public static TokenizerCheck Streams { get; } = new("streaming equals decoding", "Pieces of a streaming decoder put together are the decoded text.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            IReadOnlyList<int> ids = tokenizer.Encode(text);
            IStreamingDecoder decoder = tokenizer.StreamingDecoder();
            string streamed = string.Concat(ids.Select(decoder.Add).ToArray()) + decoder.Flush(), whole = tokenizer.Decode(ids);
            if (streamed != whole)
                wrong.Add($"Streamed it is '{streamed}', decoded '{whole}'.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Making it again gives the same.</summary>
    public static TokenizerCheck Repeats { get; } = new("made again it is the same", "Two tokenizers from the same options and texts have one fingerprint and give the same ids, from several threads too.", subject =>
    {
        ITokenizer one = subject.Create(), other = subject.Create();
        if (one.Fingerprint != other.Fingerprint)
            return Verdict.Broken("Their fingerprints differ.");
        string[] alone = [.. Texts.Select(t => string.Join(' ', one.Encode(t)))];
        string[] threads = [.. Enumerable.Range(0, 8 * Texts.Count).AsParallel().AsOrdered().Select(i => string.Join(' ', other.Encode(Texts[i % Texts.Count])))];
        return threads.Where((ids, i) => ids != alone[i % alone.Length]).Any() ? Verdict.Broken("They give other ids.") : Verdict.Kept;
    });

    /// <summary>A saved tokenizer opens as the same.</summary>
    public static TokenizerCheck Saves { get; } = new("saves and opens", "Saved and opened it has the same size, special ids and ids.", subject =>
    {
        string folder = Directory.CreateTempSubdirectory("tenon-check-").FullName;
        try
        {
            ITokenizer tokenizer = subject.Create();
            tokenizer.Save(folder);
            ITokenizer opened = subject.Open(folder);
            List<string> wrong = [];
            if (opened.VocabularySize != tokenizer.VocabularySize)
                wrong.Add($"Opened it has {opened.VocabularySize} ids, not {tokenizer.VocabularySize}.");
            if (opened.Special != tokenizer.Special)
                wrong.Add($"Opened its special ids are {opened.Special}, not {tokenizer.Special}.");
            if (Texts.FirstOrDefault(t => !opened.Encode(t).SequenceEqual(tokenizer.Encode(t))) is { } text)
                wrong.Add($"Opened it gives other ids for '{text}'.");
            return Verdict.Of(wrong);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>The planned size holds.</summary>
    public static TokenizerCheck Plans { get; } = new("size is known before", "VocabularySize of the options is the tokenizer's, or more where it is trained on little text.", subject =>
        subject.Planned is not { } planned ? Verdict.Skip("The size is known only afterwards.")
        : subject.Create().VocabularySize is var size && size <= planned ? Verdict.Kept
        : Verdict.Broken($"{planned} ids were planned, and there are {size}."));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TokenizerCheck> All { get; } = [RoundTrip, Range, Special, Spelling, Streams, Repeats, Saves, Plans];
}
