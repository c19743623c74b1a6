using Tenon.NeoX;

namespace Tenon.Layers.Tests;

/// <summary>Prompts and responses that are longer than the context.</summary>
public class TruncationTests
{
    private static readonly CollateContext Context = new(new SeededRandom(1), Training: true, new Letters());

    [Fact]
    public void Truncated_examples_are_counted_once_each()
    {
        using NeoXModel model = NeoXModels.Tiny();
        string longer = new('a', model.ContextLength);
        using Batch prompts = model.Collate([new PromptExample("ab", "cd"), new PromptExample("ab", longer)], Context);
        using Batch pairs = model.Collate(
            [
                new PreferenceExample("ab", longer, longer), new PreferenceExample("ab", "c", "d"),
                new PreferenceExample("ab", "c", longer),
            ],
            Context);
        using Batch packed =
            model.Collate([[new PromptExample("ab", longer)], [new PromptExample("ab", "cd"), new PromptExample("a", "b")]], Context);

        (prompts.Truncated, pairs.Truncated, packed.Truncated).Should().Be((1, 2, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_prompt_without_room_for_a_response_is_rejected(int more)
    {
        using NeoXModel model = NeoXModels.Tiny();
        int length = model.ContextLength + more;
        Action collate = () => model.Collate([new PromptExample(new string('a', length), "b")], Context);

        collate.Should().Throw<DataException>()
            .WithMessage($"A prompt has {length} tokens, but must have 1 … {model.ContextLength - 1} to leave room for a response*");
        using Batch longest = model.Collate([new PromptExample(new string('a', model.ContextLength - 1), "b")], Context);
        using Rollout rollout = model.Sample(longest, new SamplingOptions { MaxNewTokens = 3 }, new SeededRandom(1));
        rollout.Mask.size(1).Should().Be(1);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(100, true)]
    public void A_truncated_prompt_keeps_its_end_and_leaves_the_response_what_it_needs(int response, bool isTruncated)
    {
        using NeoXModel model = NeoXModels.Tiny();
        string prompt = new string('a', 2 * model.ContextLength) + "bcd";
        using Batch batch = model.Collate([new PromptExample(prompt, new string('e', response))], Context with { TruncatePrompts = true });

        batch.Truncated.Should().Be(1);
        long[] labels = [.. batch[BatchNames.Labels].data<long>()];
        long[] ids = [.. batch[BatchNames.InputIds].data<long>()];
        int given = labels.Count(label => label == BatchNames.Ignored) + 1;
        given.Should().Be(isTruncated ? model.ContextLength / 2 : model.ContextLength - response);
        ids[(given - 3)..given].Should().Equal(new Letters().Encode("bcd").Select(id => (long)id));
    }

    // A token per letter.
    private sealed class Letters : ITokenizer
    {
        public int VocabularySize => NeoXModels.Vocabulary;

        public SpecialTokens Special { get; } = new();

        public string Fingerprint => "letters";

        public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) => [.. text.Select(letter => letter - 'a' + 10)];

        public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => throw new NotSupportedException();

        public string TokenText(int id) => throw new NotSupportedException();

        public int? TokenId(string tokenText) => throw new NotSupportedException();

        public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException();

        public void Save(string folder) => throw new NotSupportedException();
    }
}
