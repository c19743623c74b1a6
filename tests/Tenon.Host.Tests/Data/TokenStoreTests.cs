using System.Text;
using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public sealed class TokenStoreTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(257)]
    [InlineData(70_000)]
    public void Holds_the_documents_in_order_with_an_end_after_each(int vocabularySize)
    {
        using TokenStore store = Open(["ab", "", "ç"], "key", vocabularySize);
        Ids(store).Should().Equal('a', 'b', 256, 256, 0xC3, 0xA7, 256);
        store.Documents.Should().Be(3);
        long footer = 56;
        new FileInfo(_folder.Files("tokens").Single()).Length.Should().Be(7 * (vocabularySize > 65_536 ? 4 : 2) + footer);
    }

    [Fact]
    public void Keeps_tokens_under_the_key_of_data_and_tokenizer()
    {
        Open(["one"], "a", 257).Dispose();
        Open(["one"], "a", 257).Dispose();
        _folder.Status.Should().Equal("tokenizing 1 documents");
        Open(["one"], "b", 257).Dispose();
        Open(["one"], "a", 300).Dispose();
        _folder.Files("tokens").Should().HaveCount(3);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("empty")]
    public void Tokenizes_again_when_the_kept_file_is_damaged(string how)
    {
        Open(["some text"], "key", 257).Dispose();
        string file = _folder.Files("tokens").Single();
        byte[] bytes = File.ReadAllBytes(file);
        if (how == "changed")
            bytes[4] ^= 1;
        File.WriteAllBytes(file, how == "cut" ? bytes[..^1] : how == "empty" ? [] : bytes);
        using TokenStore store = Open(["some text"], "key", 257);
        Ids(store).Should().Equal([.. "some text".Select(c => (int)c), 256]);
        _folder.Status.Should().Equal("tokenizing 1 documents", "tokenizing 1 documents");
        _warnings.Should().Equal($"'{file}' cannot be read, so the text is tokenized again: it is damaged");
        Open(["some text"], "key", 257).Dispose();
        _warnings.Should().HaveCount(1, "the file was replaced");
    }

    [Fact]
    public void Tokenizes_again_when_the_kept_file_cannot_be_opened()
    {
        Open(["some text"], "key", 257).Dispose();
        string file = _folder.Files("tokens").Single();
        using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            using TokenStore store = Open(["some text"], "key", 257);
            Ids(store).Should().Equal([.. "some text".Select(c => (int)c), 256]);
        }

        _warnings[0].Should().StartWith($"'{file}' cannot be read, so the text is tokenized again: ");
    }

    [Fact]
    public void Keeps_nothing_where_nothing_can_be_written()
    {
        Open(["some text"], "key", 257).Dispose();
        string file = _folder.Files("tokens").Single();
        File.Delete(file);
        Directory.CreateDirectory(Path.Combine(file, "in the way"));

        using TokenStore store = Open(["some text"], "key", 257);

        Ids(store).Should().Equal([.. "some text".Select(c => (int)c), 256]);
        _warnings.Should().ContainSingle().Which.Should().StartWith("The tokens are not kept for the next run: ");
    }

    [Fact]
    public void Keeps_nothing_of_data_without_a_fingerprint()
    {
        string pattern = "tenon-tokens-*.bin";
        string[] before = Directory.GetFiles(Path.GetTempPath(), pattern);
        using (TokenStore store = Open(["temporary"], null, 257))
            Ids(store).Should().HaveCount(10);
        _folder.Files("tokens").Should().BeEmpty();
        Directory.GetFiles(Path.GetTempPath(), pattern).Should().BeSubsetOf(before); // other programs may delete theirs
    }

    [Fact]
    public void Leaves_nothing_behind_when_stopped()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Action act = () => TokenStore.Open(new ListExamples<TextExample>([new("x")]), new ByteTokenizer(), "key", _folder.Cache,
            _folder.Status.Add, _warnings.Add, stop.Token);
        act.Should().Throw<OperationCanceledException>();
        _folder.Files("tokens").Should().BeEmpty();
    }

    [Fact]
    public void Cuts_a_long_document_at_lines_and_loses_nothing()
    {
        string text = string.Concat(Enumerable.Range(0, 60_000).Select(i => i % 5 == 0 ? "\n \n" : $"line number {i}\n"));
        Range[] pieces = [.. TokenWriter.Pieces(text)];
        pieces.Should().HaveCountGreaterThan(2);
        string.Concat(pieces.Select(piece => text[piece])).Should().Be(text);
        foreach (Range piece in pieces.SkipLast(1))
            (text[piece.End.Value - 1], char.IsWhiteSpace(text[piece.End.Value])).Should().Be(('\n', false));
        TokenWriter.Pieces(new string('x', 1_000_000)).Should().Equal(0..1_000_000);
        using TokenStore store = Open([text, "next"], "key", 257);
        store.Count.Should().Be(Encoding.UTF8.GetByteCount(text) + 1 + 5);
    }

    [Fact]
    public void Holds_few_texts_at_once()
    {
        // 300 documents of a million characters each: all of them at once would be 600 MB of strings.
        long most = 0;
        string text = new('x', 1_000_000);
        var tokenizer = new CountingTokenizer();
        using TokenStore store = TokenStore.Open(new Generated(300, () =>
        {
            most = Math.Max(most, tokenizer.Waiting());
            return text;
        }, tokenizer), tokenizer, null, _folder.Cache, _folder.Status.Add, _warnings.Add, CancellationToken.None);
        store.Count.Should().Be(600);
        most.Should().BeLessThan(8, "a few million characters wait for the tokenizer, whatever the size of the corpus");
    }

    [Fact]
    public void Names_an_id_outside_the_vocabulary()
    {
        Action act = () => Open(["ab"], "key", 98);
        act.Should().Throw<AggregateException>().WithInnerException<DataException>().WithMessage(
            "The tokenizer returned the id 98, but its vocabulary has 98 ids, 0 … 97. This is a bug in the tokenizer: use another one, " +
            "or report it to its author.");
    }

    private TokenStore Open(string[] texts, string? key, int vocabularySize) => TokenStore.Open(
        new ListExamples<TextExample>([.. texts.Select(t => new TextExample(t))]), new ByteTokenizer(vocabularySize), key,
        _folder.Cache, _folder.Status.Add, _warnings.Add, CancellationToken.None);

    private static int[] Ids(TokenStore store)
    {
        int[] ids = new int[store.Count];
        store.Read(0, ids);
        return ids;
    }

    private sealed class Generated(long count, Func<string> text, CountingTokenizer tokenizer) : IExamples<TextExample>
    {
        public long Count => count;

        public TextExample this[long index]
        {
            get
            {
                tokenizer.Read++;
                return new TextExample(text());
            }
        }
    }

    private sealed class CountingTokenizer : ITokenizer
    {
        private readonly ByteTokenizer _bytes = new();
        private long _encoded;

        public long Read { get; set; }

        public int VocabularySize => 257;

        public SpecialTokens Special => _bytes.Special;

        public string Fingerprint => "counting";

        public long Waiting() => Read - Interlocked.Read(ref _encoded);

        public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false)
        {
            Interlocked.Increment(ref _encoded);
            return [text.Length % 256];
        }

        public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => throw new NotSupportedException();

        public string TokenText(int id) => throw new NotSupportedException();

        public int? TokenId(string tokenText) => throw new NotSupportedException();

        public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException();

        public void Save(string folder) => throw new NotSupportedException();
    }
}
