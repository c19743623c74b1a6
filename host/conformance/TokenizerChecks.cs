using System.Globalization;
using System.Text;

namespace Tenon.Conformance;

using TokenizerCheck = Check<TokenizerSubject>;

/// <summary>A tokenizer component with options for a small tokenizer.</summary>
public sealed class TokenizerSubject
{
    private readonly ITokenizerFactory _factory;
    private readonly object _options;
    private readonly string _folder;

    internal TokenizerSubject(ITokenizerFactory factory, object options, string? folder = null) =>
        (_factory, _options, _folder) = (factory, options, folder ?? Environment.CurrentDirectory);

    /// <summary>Creates the test subject for a tokenizer component.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <param name="factory">The component.</param>
    /// <param name="options">Options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <param name="folder">Base folder of relative paths; null for the working directory.</param>
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

/// <summary>Checks of every tokenizer.</summary>
public static class TokenizerChecks
{
    /// <summary>Texts for training and testing tokenizers: several scripts, spaces, punctuation, numbers, emoji.</summary>
    internal static IReadOnlyList<string> Texts { get; } =
    [
        "The quick brown fox jumps over the lazy dog.", "  two spaces\tand a tab\nand a line", "naïve café, Ångström — “quoted”",
        "Привет, мир! 你好世界 こんにちは", "3.14159 + 2,718 = 5.85987", "emoji 🙂🚀 and e\u0301 combined", "x",
        "don't can't we'll [MASK] <|endoftext|>",
    ];

    /// <summary>Decoding and encoding again preserve the text.</summary>
    public static TokenizerCheck RoundTrip { get; } =
        new("round trip", "Decoding, encoding and decoding again gives the same text.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            string once = tokenizer.Decode(tokenizer.Encode(text)), twice = tokenizer.Decode(tokenizer.Encode(once));
            if (once != twice)
                wrong.Add($"'{text}' is encoded and decoded to '{once}', which is then encoded and decoded to '{twice}'.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Ids are in range.</summary>
    public static TokenizerCheck Range { get; } =
        new("ids are in the vocabulary", "Each id is in [0, VocabularySize); other ids are refused.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        int[] outside = [.. Texts.SelectMany(t => tokenizer.Encode(t)).Where(id => id < 0 || id >= tokenizer.VocabularySize)];
        if (outside.Length > 0)
            return Verdict.Fail($"The id {outside[0]} is outside the vocabulary of {tokenizer.VocabularySize}.");
        List<string> wrong = [];
        foreach (int id in new[] { -1, tokenizer.VocabularySize })
        {
            try
            {
                tokenizer.Decode([id]);
                wrong.Add($"The id {id} is decoded, but the vocabulary has size {tokenizer.VocabularySize}.");
            }
            catch (ArgumentOutOfRangeException)
            {
            }
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Special tokens have their own ids.</summary>
    public static TokenizerCheck Special { get; } = new("special tokens are special",
        "Special ids are in the vocabulary; their text becomes the id only on request, and decoding can omit them.", subject =>
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
            if (!tokenizer.Encode(spelling, recognizeSpecial: true).SequenceEqual([id]))
                wrong.Add($"'{spelling}' does not become its id {id} when special tokens are recognized.");
            if (id != s.Unknown && tokenizer.Encode(spelling).Contains(id))
                wrong.Add($"'{spelling}' in a text becomes the special id {id} although special tokens are not recognized.");
            if (tokenizer.Decode([id]).Length > 0)
                wrong.Add($"The special id {id} is decoded to '{tokenizer.Decode([id])}' although special tokens should be omitted.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>TokenId and TokenText are inverses.</summary>
    public static TokenizerCheck Spelling { get; } = new("text and id match", "TokenId(TokenText(id)) is the id.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        int[] wrong = [.. Enumerable.Range(0, Math.Min(tokenizer.VocabularySize, 2000))
            .Where(id => tokenizer.TokenId(tokenizer.TokenText(id)) != id)];
        return wrong.Length == 0 ? Verdict.Passed
            : Verdict.Fail($"The id {wrong[0]} has the text '{tokenizer.TokenText(wrong[0])}', which has the id " +
                $"{tokenizer.TokenId(tokenizer.TokenText(wrong[0]))?.ToString(CultureInfo.InvariantCulture) ?? "null"}.");
    });

    /// <summary>Streaming gives the same text.</summary>
    public static TokenizerCheck Streams { get; } =
        new("streaming equals decoding", "The concatenated pieces of a streaming decoder equal the decoded text.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            IReadOnlyList<int> ids = tokenizer.Encode(text);
            IStreamingDecoder decoder = tokenizer.StreamingDecoder();
            string streamed = string.Concat(ids.Select(decoder.Add).ToArray()) + decoder.Flush(), whole = tokenizer.Decode(ids);
            if (streamed != whole)
                wrong.Add($"The streamed text is '{streamed}', but the decoded text is '{whole}'.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>The bytes of tokens are the text.</summary>
    public static TokenizerCheck Bytes { get; } =
        new("bytes of tokens", "The bytes of a text's tokens, in order, are the UTF-8 of its decoded text.", subject =>
    {
        ITokenizer tokenizer = subject.Create();
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            // Special tokens, such as the unknown token, add nothing.
            int[] ids = [.. tokenizer.Encode(text).SkipWhile(id => tokenizer.TokenBytes(id, isFirst: false) is { Length: 0 })];
            byte[]?[] bytes = [.. ids.Select((id, at) => tokenizer.TokenBytes(id, isFirst: at == 0))];
            if (bytes.Contains(null))
                return Verdict.Skip("The tokenizer does not know the bytes of its tokens.");
            string joined = Encoding.UTF8.GetString([.. bytes.SelectMany(part => part!)]), decoded = tokenizer.Decode(ids);
            if (joined != decoded)
                wrong.Add($"The bytes of the tokens are '{joined}', but the decoded text is '{decoded}'.");
        }

        return Verdict.Of(wrong);
    });

    /// <summary>Creating the tokenizer again gives the same one.</summary>
    public static TokenizerCheck Repeats { get; } = new("creation is deterministic", "Two tokenizers created from the same options and " +
        "texts have equal fingerprints and ids, even when used from several threads.", subject =>
    {
        ITokenizer one = subject.Create(), other = subject.Create();
        if (one.Fingerprint != other.Fingerprint)
            return Verdict.Fail("The fingerprints differ.");
        string[] alone = [.. Texts.Select(t => string.Join(' ', one.Encode(t)))];
        string[] threads = [.. Enumerable.Range(0, 8 * Texts.Count).AsParallel().AsOrdered()
            .Select(i => string.Join(' ', other.Encode(Texts[i % Texts.Count])))];
        return threads.Where((ids, i) => ids != alone[i % alone.Length]).Any() ? Verdict.Fail("The ids differ.") : Verdict.Passed;
    });

    /// <summary>Saving and opening preserve the tokenizer.</summary>
    public static TokenizerCheck Saves { get; } =
        new("saves and opens", "After saving and opening, the size, special ids and ids are unchanged.", subject =>
    {
        string folder = Directory.CreateTempSubdirectory("tenon-check-").FullName;
        try
        {
            ITokenizer tokenizer = subject.Create();
            tokenizer.Save(folder);
            ITokenizer opened = subject.Open(folder);
            List<string> wrong = [];
            if (opened.VocabularySize != tokenizer.VocabularySize)
                wrong.Add($"The opened tokenizer has {opened.VocabularySize} ids, not {tokenizer.VocabularySize}.");
            if (opened.Special != tokenizer.Special)
                wrong.Add($"The opened tokenizer has the special ids {opened.Special}, not {tokenizer.Special}.");
            if (Texts.FirstOrDefault(t => !opened.Encode(t).SequenceEqual(tokenizer.Encode(t))) is { } text)
                wrong.Add($"The opened tokenizer gives different ids for '{text}'.");
            return Verdict.Of(wrong);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>The planned size is correct.</summary>
    public static TokenizerCheck Plans { get; } = new("planned size",
        "The planned VocabularySize equals the tokenizer's, or exceeds it if the tokenizer is trained on little text.", subject =>
        subject.Planned is not { } planned ? Verdict.Skip("The size is known only after the tokenizer is created.")
        : subject.Create().VocabularySize is var size && size <= planned ? Verdict.Passed
        : Verdict.Fail($"{planned} ids were planned, but the tokenizer has {size}."));

    /// <summary>All tokenizer checks.</summary>
    public static IReadOnlyList<TokenizerCheck> All { get; } = [RoundTrip, Range, Special, Spelling, Streams, Bytes, Repeats, Saves, Plans];
}
