using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public sealed class PackedTokensTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(100)]
    public void Makes_each_token_a_target_once(int length)
    {
        using TokenStore store = Store(1000);
        var packed = new PackedTokens(store, length, overlap: 1, "training text");
        int[] all = new int[store.Count];
        store.Read(0, all);
        var targets = new List<int>();
        for (long i = 0; i < packed.Count; i++)
            targets.AddRange(packed[i].Ids[1..].ToArray());

        // All but the first token, which nothing precedes, and the rest that fills no block.
        targets.Should().Equal(all.Skip(1).Take(targets.Count));
        (store.Count - 1 - targets.Count).Should().BeLessThan(length - 1);
    }

    [Fact]
    public void Cuts_blocks_that_stand_alone_without_overlap()
    {
        using TokenStore store = Store(20);
        var packed = new PackedTokens(store, 10, overlap: 0, "training text");
        packed.Count.Should().Be(2);
        int[] all = new int[20];
        store.Read(0, all);
        packed[1].Ids.ToArray().Should().Equal(all[10..]);
    }

    [Fact]
    public void Gives_equal_blocks_to_many_threads()
    {
        using TokenStore store = Store(5000);
        var packed = new PackedTokens(store, 16, 1, "training text");
        int[][] expected = [.. Enumerable.Range(0, (int)packed.Count).Select(i => packed[i].Ids.ToArray())];
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            int at = i * 7919 % expected.Length;
            if (!packed[at].Ids.Span.SequenceEqual(expected[at]))
                throw new InvalidOperationException($"block {at}");
        });
    }

    [Fact]
    public void Says_how_little_text_there_is()
    {
        using TokenStore store = Store(8);
        Action act = () => _ = new PackedTokens(store, 9, 1, "validation text");
        act.Should().Throw<DataException>().WithMessage(
            "The validation text has 8 tokens in 1 document; a block for the model has 9. Use more text, hold out a larger or smaller " +
            "share (validation:share), or use a shorter context.");
    }

    // The last token is the end of the text.
    private TokenStore Store(int tokens) => TokenStore.Open(
        new ListExamples<TextExample>([new(string.Concat(Enumerable.Range(0, tokens - 1).Select(i => (char)(' ' + i * 31 % 90))))]),
        new ByteTokenizer(), null, _folder.Cache, _folder.Status.Add, _ => { }, CancellationToken.None);
}
