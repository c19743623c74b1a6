using TorchSharp;
using static Tenon.Conformance.ArchitectureSubject;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>Checks of <see cref="IEncoderDecoder"/>. They are skipped for models without an encoder.</summary>
public static class EncoderDecoderChecks
{
    private const double Rounding = 2e-4;

    /// <summary>Each row of a cache has its own source.</summary>
    public static Check<ArchitectureSubject> Sources { get; } = new("cache rows keep their sources",
        "Each row of a cache attends to its own source, whatever the lengths of the others and wherever it is moved.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        IEncoderDecoder encoder = As<IEncoderDecoder>(model);
        int[][] sources = [Source(encoder, 3, 1), Source(encoder, 6, 2), Source(encoder, 4, 3)];
        Tensor ids = Ids(encoder.VocabularySize, 1, 3);
        Tensor[] alone = Array.ConvertAll(sources, source =>
        {
            using IKeyValueCache single = encoder.NewCache([source], 3);
            return encoder.Logits(ids, cache: single);
        });
        using IKeyValueCache cache = encoder.NewCache(sources[..2], 3), added = encoder.NewCache([sources[2]], 3);
        encoder.Logits(ids.narrow(1, 0, 2).expand(2, 2), cache: cache);
        encoder.Logits(ids.narrow(1, 0, 2), cache: added);
        cache.Add(added);
        int[] rows = [2, 1, 0, 1];
        cache.Select(rows);
        Tensor last = encoder.Logits(ids.narrow(1, 2, 1).expand(4, 1), cache: cache);
        return Compare.All(
        [
            Compare.Difference(alone[0], alone[1]) > 0 ? Verdict.Passed : Verdict.Fail("The source has no effect on the logits."),
            .. rows.Select((source, row) => Compare.Near(
                last.narrow(0, row, 1), alone[source].narrow(1, 2, 1), Rounding, $"Logits of source {source} among others and alone")),
        ]);
    });

    /// <summary>A cache without sources has the empty source.</summary>
    public static Check<ArchitectureSubject> EmptySource { get; } = new("a cache without sources has the empty source",
        "Logits without a source equal those of a cache whose sources are empty, and a source that is too long is refused.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        IEncoderDecoder encoder = As<IEncoderDecoder>(model);
        Tensor ids = Ids(encoder.VocabularySize, 2, 3);
        using IKeyValueCache cache = encoder.NewCache([[], []], 3);
        Verdict equal = Compare.Near(encoder.Logits(ids, cache: cache), encoder.Logits(ids), Rounding, "Logits of empty sources");
        if (encoder.SourceLength > 100_000)
            return equal;
        try
        {
            encoder.NewCache([Source(encoder, encoder.SourceLength + 1, 4)], 3).Dispose();
            return Verdict.Fail($"A source of {encoder.SourceLength + 1} tokens was not refused; the longest is {encoder.SourceLength}.");
        }
        catch (ModelException)
        {
            return equal;
        }
    });

    /// <summary>All checks.</summary>
    public static IReadOnlyList<Check<ArchitectureSubject>> All { get; } = [Sources, EmptySource];

    private static int[] Source(IEncoderDecoder model, int length, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (int)random.Next(model.VocabularySize))];
    }
}
