namespace Tenon.Testing.Tests;

/// <summary>For each promise of a tokenizer one that breaks it.</summary>
public sealed class BadTokenizerTests
{
    [Fact]
    public void A_good_one_keeps_all_promises() =>
        TokenizerChecks.All.Select(check => check.Run(Subject(() => new Letters())).Reason).Should()
            .OnlyContain(reason => reason.Length == 0);

    [Fact]
    public void Text_that_changes_on_each_trip() => Breaks(TokenizerChecks.RoundTrip, new Letters { Decoded = text => text + "a" });

    [Fact]
    public void Ids_outside_the_vocabulary() => Breaks(TokenizerChecks.Range, new Letters { Size = 50 });

    [Fact]
    public void Special_tokens_that_are_text() => Breaks(TokenizerChecks.Special, new Letters { Specials = new() { EndOfText = 70 } });

    [Fact]
    public void Spellings_without_an_id() => Breaks(TokenizerChecks.Spelling, new Letters { Known = false });

    [Fact]
    public void Streams_that_lose_a_token() => Breaks(TokenizerChecks.Streams, new Letters { Streamed = text => text == "x" ? "" : text });

    [Fact]
    public void Bytes_of_other_tokens() => Breaks(TokenizerChecks.Bytes, new Letters { Shift = 1 });

    [Fact]
    public void Fingerprints_that_change()
    {
        int made = 0;
        TokenizerChecks.Repeats.Run(Subject(() => new Letters { Fingerprint = $"{made++}" })).Outcome.Should().Be(CheckOutcome.Failed);
    }

    [Fact]
    public void A_folder_that_opens_as_something_else() =>
        TokenizerChecks.Saves.Run(TokenizerSubject.Of(new Factory(() => new Letters(), new Letters { Size = 257 }), new ToyOptions()))
            .Outcome.Should().Be(CheckOutcome.Failed);

    [Fact]
    public void A_size_that_was_planned_too_small() => Breaks(TokenizerChecks.Plans, new Letters { Size = 300 });

    private static void Breaks(Check<TokenizerSubject> check, Letters letters) =>
        check.Run(Subject(() => letters)).Outcome.Should().Be(CheckOutcome.Failed);

    private static TokenizerSubject Subject(Func<Letters> make) => TokenizerSubject.Of(new Factory(make, make()), new ToyOptions());

    private sealed class Factory(Func<Letters> make, ITokenizer opened) : ITokenizerFactory<ToyOptions>
    {
        public int? VocabularySize(ToyOptions options) => 256;

        public ITokenizer Create(ToyOptions options, TokenizerContext context) => make();

        public ITokenizer Open(string folder) => opened;
    }

    /// <summary>The bytes of UTF-8.</summary>
    private sealed class Letters : ITokenizer
    {
        public int Size { get; init; } = 256;

        public SpecialTokens Specials { get; init; } = new();

        public Func<string, string> Decoded { get; init; } = text => text;

        public Func<string, string> Streamed { get; init; } = text => text;

        public bool Known { get; init; } = true;

        public int Shift { get; init; }

        public int VocabularySize => Size;

        public SpecialTokens Special => Specials;

        public string Fingerprint { get; init; } = "bytes";

        public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) =>
            [.. System.Text.Encoding.UTF8.GetBytes(text).Select(b => (int)b)];

        public string Decode(IEnumerable<int> ids, bool keepSpecial = false)
        {
            int[] all = [.. ids];
            if (Array.Find(all, id => id < 0 || id >= Size) is var wrong && all.Any(id => id < 0 || id >= Size))
                throw new ArgumentOutOfRangeException(nameof(ids), wrong, null);
            return Decoded(System.Text.Encoding.UTF8.GetString([.. all.Select(id => (byte)id)]));
        }

        public string TokenText(int id) => $"{id}";

        public int? TokenId(string tokenText) => Known ? int.Parse(tokenText, System.Globalization.CultureInfo.InvariantCulture) : null;

        public byte[]? TokenBytes(int id, bool isFirst) => [(byte)(id + Shift)];

        public IStreamingDecoder StreamingDecoder() => new Whole(this);

        public void Save(string folder)
        {
        }

        private sealed class Whole(Letters letters) : IStreamingDecoder
        {
            private readonly List<int> ids = [];

            public string Add(int id)
            {
                ids.Add(id);
                return "";
            }

            public string Flush() => letters.Streamed(letters.Decode(ids));
        }
    }
}
