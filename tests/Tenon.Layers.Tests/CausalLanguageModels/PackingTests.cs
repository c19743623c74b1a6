using Tenon.NeoX;

namespace Tenon.Layers.Tests;

public class PackingTests
{
    private static readonly CollateContext Context = new(new SeededRandom(1), Training: true, new ToyTokenizer());

    private static readonly PromptExample[] Examples =
        [new("abcd", "ef"), new("ab", "cdefgh"), new("abcdefgh", "ab"), new("hgfe", "dc"), new("a", "b")];

    [Fact]
    public void The_loss_of_packed_rows_equals_the_loss_of_separate_examples()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
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
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = packed[BatchNames.InputIds].alias(),
                [BatchNames.Labels] = packed[BatchNames.Labels].alias(),
            },
            packed.Examples, packed.Targets);
        LossAndGradient(model, merged).Loss.Should().NotBeApproximately(one.Loss, 1e-3f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_packed_sequence_sees_the_virtual_tokens(bool prefix)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        PromptShape shape = model.PromptShape;
        model.Prompt = prefix
            ? new Prompt(KeyValues: torch.randn([shape.Layers, 2, shape.Heads, 3, shape.HeadSize]))
            : new Prompt(Embeddings: torch.randn(3, shape.EmbeddingSize));
        using Batch apart = model.Collate(Examples[..2], Context);
        using Batch packed = model.Collate([[Examples[0], Examples[1]]], Context);
        model.Loss(packed).item<float>().Should().BeApproximately(model.Loss(apart).item<float>(), 1e-5f);
    }

    [Fact]
    public void Only_learned_pieces_and_the_end_tokens_after_them_are_targets()
    {
        using NeoXModel model = NeoXModels.Tiny();
        var chat = new ChatExample([new("ab", false), new("cd", true), new("efgh", false), new("ab", true)]);
        using Batch batch = model.Collate([chat], Context);
        long[] Ids(string text) => [.. new ToyTokenizer().Encode(text).Select(id => (long)id)];
        long none = BatchNames.Ignored;
        long end = 0;
        Values(batch[BatchNames.InputIds]).Should().Equal([.. Ids("ab"), .. Ids("cd"), end, .. Ids("efgh"), .. Ids("ab")]);
        Values(batch[BatchNames.Labels]).Should().Equal([.. Ids("cd"), end, none, none, .. Ids("ab"), end]);
    }

    [Fact]
    public void The_chat_template_decides_the_ids_and_targets_of_a_conversation()
    {
        using NeoXModel model = NeoXModels.Tiny();
        var chat = new Conversation([new ChatMessage(ChatMessage.User, "ab"), new ChatMessage(ChatMessage.Assistant, "cd")]);
        CollateContext context = Context with { Tokenizer = new ToyTokenizer().WithChatTemplate("") };
        using Batch alone = model.Collate([new ChatExample(chat)], context);
        using Batch packed = model.Collate([[new ChatExample(chat), new ChatExample(chat)]], context);
        using Batch pair = model.Collate(
            [new PreferenceExample("", "cd", "ef") { Conversation = new Conversation([chat.Messages[0]]) }], context);
        long[] Ids(string text) => [.. new ToyTokenizer().Encode(text).Select(id => (long)id)];
        long none = BatchNames.Ignored;

        Values(alone[BatchNames.InputIds]).Should().Equal([0, .. Ids("abcd")]);
        Values(alone[BatchNames.Labels]).Should().Equal([none, .. Ids("cd"), 0]);
        Values(packed[BatchNames.Labels]).Should().Equal([none, .. Ids("cd"), 0, none, .. Ids("cd"), 0]);
        model.Length(new ChatExample(chat), context.Tokenizer).Should().Be(3);
        Values(pair[BatchNames.Labels]).Should().Equal([none, .. Ids("cd"), 0, none, .. Ids("ef"), 0]);
        FluentActions.Invoking(() => model.Collate([new ChatExample(chat)], Context)).Should().Throw<DataException>()
            .WithMessage("The data contains conversations, but the tokenizer has no chat template.*");
    }

    private static (float Loss, float[] Gradient) LossAndGradient(NeoXModel model, Batch batch)
    {
        model.eval();
        model.zero_grad();
        Tensor loss = model.Loss(batch);
        loss.backward();
        return (loss.item<float>(), model.TokenEmbeddings.grad!.data<float>().ToArray());
    }

    private static long[] Values(Tensor tensor) => tensor.data<long>().ToArray();
}
