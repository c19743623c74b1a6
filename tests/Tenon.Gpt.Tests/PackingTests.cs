using Tenon.Host.Data;

namespace Tenon.Gpt.Tests;

public class PackingTests
{
    private static readonly CollateContext Context = new(new SeededRandom(1), Training: true, new ToyTokenizer());

    private static readonly PromptExample[] Examples =
        [new("abcd", "ef"), new("ab", "cdefgh"), new("abcdefgh", "ab"), new("hgfe", "dc"), new("a", "b")];

    [Fact]
    public void The_loss_of_packed_rows_is_that_of_the_examples_apart()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Goldens.Tiny();
        using Batch apart = model.Collate(Examples, Context);
        using Batch packed = model.Collate([[Examples[0], Examples[1], Examples[2]], [Examples[3], Examples[4]]], Context);

        packed.Targets.Should().Be(apart.Targets);
        packed.Examples.Should().Be(5);
        packed[BatchNames.InputIds].shape.Should().Equal(2, packed[BatchNames.SequenceIds].size(1));
        (float Loss, float[] Gradient) one = LossAndGradient(model, apart);
        (float Loss, float[] Gradient) together = LossAndGradient(model, packed);
        together.Loss.Should().BeApproximately(one.Loss, 1e-5f);
        together.Gradient.Zip(one.Gradient).Max(pair => Math.Abs(pair.First - pair.Second)).Should().BeLessThan(1e-5f);
        // Without the borders it is another loss: the test would see it.
        using Batch merged = new(
            new Dictionary<string, Tensor> { [BatchNames.InputIds] = packed[BatchNames.InputIds].alias(), [BatchNames.Labels] = packed[BatchNames.Labels].alias() },
            packed.Examples, packed.Targets);
        LossAndGradient(model, merged).Loss.Should().NotBeApproximately(one.Loss, 1e-3f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_packed_sequence_sees_the_virtual_tokens(bool prefix)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Goldens.Tiny();
        PromptShape shape = model.PromptShape;
        model.Prompt = prefix
            ? new Prompt(KeyValues: torch.randn([shape.Layers, 2, shape.Heads, 3, shape.HeadSize]))
            : new Prompt(Embeddings: torch.randn(3, shape.EmbeddingSize));
        using Batch apart = model.Collate(Examples[..2], Context);
        using Batch packed = model.Collate([[Examples[0], Examples[1]]], Context);
        model.Loss(packed).item<float>().Should().BeApproximately(model.Loss(apart).item<float>(), 1e-5f);
    }

    [Fact]
    public void Only_learnt_pieces_and_the_ends_behind_them_are_targets()
    {
        using GptModel model = Goldens.Tiny();
        var chat = new ChatExample([new("ab", false), new("cd", true), new("efgh", false), new("ab", true)]);
        using Batch batch = model.Collate([chat], Context);
        long[] Ids(string text) => [.. new ToyTokenizer().Encode(text).Select(id => (long)id)];
        long none = BatchNames.Ignored;
        long end = 0;
        Values(batch[BatchNames.InputIds]).Should().Equal([.. Ids("ab"), .. Ids("cd"), end, .. Ids("efgh"), .. Ids("ab")]);
        Values(batch[BatchNames.Labels]).Should().Equal([.. Ids("cd"), end, none, none, .. Ids("ab"), end]);
    }

    [Fact]
    public void Rows_hold_every_example_once_and_never_too_much()
    {
        using GptModel model = Goldens.Tiny();
        IDataset data = new Listed([.. Enumerable.Range(0, 200).Select(i => Examples[i % 5])]);
        PackedRows rows = PackedRows.Of(data.Train, data.PacksOf(model)!, Context.Tokenizer, new SeededRandom(3));
        int total = 0;
        var seen = new List<PromptExample>();
        for (long i = 0; i < rows.Count; i++)
        {
            PromptExample[] examples = [.. rows[i].Examples.Cast<PromptExample>()];
            int length = examples.Sum(example => model.Length(example, Context.Tokenizer));
            length.Should().BeInRange(1, model.RowLength);
            total += length;
            seen.AddRange(examples);
        }

        seen.Should().HaveCount(200);
        seen.GroupBy(example => example).Should().OnlyContain(group => group.Count() == 40);
        (total / (double)(rows.Count * model.RowLength)).Should().BeGreaterThan(0.9);
    }

    private static (float Loss, float[] Gradient) LossAndGradient(GptModel model, Batch batch)
    {
        model.eval();
        model.zero_grad();
        Tensor loss = model.Loss(batch);
        loss.backward();
        return (loss.item<float>(), model.TokenEmbeddings.grad!.data<float>().ToArray());
    }

    private static long[] Values(Tensor tensor) => tensor.data<long>().ToArray();

    private sealed class Listed(PromptExample[] examples) : IDataset<PromptExample>, IExamples<PromptExample>
    {
        public DataFacts Facts { get; } = new();

        public IExamples<PromptExample> Train => this;

        public IExamples<PromptExample>? Validation => null;

        public long Count => examples.Length;

        public PromptExample this[long index] => examples[index];

        public void Dispose()
        {
        }
    }
}
