namespace Tenon.Conformance;

/// <summary>
/// Small learnable examples of each type in the contract: class 0 is "aaaa" or bright on the left, class 1 "bbbb" or bright on
/// the right.
/// </summary>
internal static class ToyExamples
{
    private static readonly string[] Words = ["the cat", "a small bird", "one dog", "the old fish"];

    /// <summary>Names of the two classes.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["left", "right"];

    /// <summary>The available example types; those that strategies prefer come first.</summary>
    public static IReadOnlyList<ExampleKind> Kinds { get; } =
    [
        new ExampleKind<TokenBlock>((toy, i) =>
            new TokenBlock(Enumerable.Range(0, toy.BlockLength).Select(t => 6 + (t + i) % 3).ToArray())),
        new ExampleKind<TextExample>((_, i) => new TextExample(string.Concat(Enumerable.Repeat("abc", 8)) + Words[i % 4])),
        new ExampleKind<LabelledTextExample>((_, i) => new LabelledTextExample(Text(i), i % 2)),
        new ExampleKind<TextPairExample>((_, i) => new TextPairExample(Text(i), Text(i / 2), i % 2)),
        new ExampleKind<PromptExample>((_, i) => new PromptExample(Words[i % 4][..4], Text(i)[..3])),
        new ExampleKind<PreferenceExample>((_, i) => new PreferenceExample(Words[i % 4][..3], "aaa", "bbb")),
        new ExampleKind<QuestionAnswerExample>((_, i) =>
            new QuestionAnswerExample("which", Text(i), i % 4 == 3 ? [] : [new AnswerSpan(0, Text(i)[..4])])),
        new ExampleKind<ImageExample>((toy, i) => new ImageExample(Image(toy, i), i % 2, Words[i % 4])),
    ];

    private static string Text(int i) => $"{new string(i % 2 == 0 ? 'a' : 'b', 4)} {(char)('c' + i % 8)}";

    /// <summary>Returns an image of the class <c>i % 2</c>.</summary>
    public static ImagePixels Image(ToySizes toy, int i)
    {
        (int height, int width, int channels) = toy.ImageSize;
        var random = new SeededRandom((ulong)i);
        return new ImagePixels(height, width, channels, Enumerable.Range(0, height * width * channels)
            .Select(at => (byte)(random.Next(60) + (at / channels % width < width / 2 == (i % 2 == 0) ? 180 : 0))).ToArray());
    }
}

/// <summary>The sizes that examples must have.</summary>
/// <param name="BlockLength">Number of tokens in a <see cref="TokenBlock"/>.</param>
/// <param name="ImageSize">Height, width, channels.</param>
internal sealed record ToySizes(int BlockLength, (int Height, int Width, int Channels) ImageSize)
{
    /// <summary>Returns the sizes that a model accepts.</summary>
    /// <param name="model">The model; null for a strategy's own batches.</param>
    /// <param name="facts">Facts that the model was built with.</param>
    public static ToySizes Of(IModel? model, DataFacts facts) => new(
        (model as ILearnsFromTokens)?.BlockLength ?? 12, (model as IImageModel)?.ImageSize ?? facts.ImageSize ?? (8, 8, 1));
}

/// <summary>An example type.</summary>
/// <param name="name">Its name.</param>
internal abstract class ExampleKind(string name)
{
    /// <summary>Name of the type.</summary>
    public string Name { get; } = name;

    /// <summary>Returns whether a model or strategy can collate examples of the type.</summary>
    /// <param name="collate">A model or a strategy.</param>
    public abstract bool Fits(object collate);

    /// <summary>Returns whether a strategy reads examples of the type itself.</summary>
    public abstract bool IsReadBy(object strategy);

    /// <summary>Returns a batch of the examples with these indices. The caller disposes it.</summary>
    public abstract Batch Collate(object collate, ToySizes sizes, IEnumerable<int> numbers, CollateContext context);

    /// <summary>Returns a data set of 24 training and 8 validation examples.</summary>
    public abstract IDataset Dataset(ToySizes sizes, DataFacts facts);
}

/// <inheritdoc/>
internal sealed class ExampleKind<TExample>(Func<ToySizes, int, TExample> make) : ExampleKind(typeof(TExample).Name)
    where TExample : Example
{
    public override bool Fits(object collate) => collate is ICollate<TExample>;

    public override bool IsReadBy(object strategy) => strategy is IReads<TExample>;

    public override Batch Collate(object collate, ToySizes sizes, IEnumerable<int> numbers, CollateContext context) =>
        ((ICollate<TExample>)collate).Collate([.. numbers.Select(i => make(sizes, i))], context);

    public override IDataset Dataset(ToySizes sizes, DataFacts facts) => new Examples(make, sizes, facts);

    private sealed class Examples(Func<ToySizes, int, TExample> make, ToySizes sizes, DataFacts facts) : IDataset<TExample>
    {
        public DataFacts Facts => facts;

        public IExamples<TExample> Train { get; } = new Part(make, sizes, 0, 24);

        public IExamples<TExample>? Validation { get; } = new Part(make, sizes, 24, 8);

        public void Dispose()
        {
        }
    }

    private sealed class Part(Func<ToySizes, int, TExample> make, ToySizes sizes, int first, int count) : IExamples<TExample>
    {
        public long Count => count;

        public TExample this[long index] => make(sizes, first + checked((int)index));
    }
}
