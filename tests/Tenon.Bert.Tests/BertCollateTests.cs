namespace Tenon.Bert.Tests;

public class BertCollateTests
{
    private const int Cls = 2;
    private const int Sep = 3;
    private const int Mask = 4;

    [Fact]
    public void Fifteen_percent_are_hidden_80_10_10()
    {
        var masking = new BertMasking(new BertOptions(), Mask, 1000);
        var random = new SeededRandom(5);
        long[] original = [.. Enumerable.Range(100, 500).Select(id => (long)id)];
        (long hidden, long masked, long kept) = (0, 0, 0);

        for (int run = 0; run < 200; run++)
        {
            long[] ids = [.. original];
            long[] labels = masking.Apply(ids, [.. Enumerable.Range(0, ids.Length).Select(at => new[] { at })], random);

            foreach ((int at, long label) in labels.Index())
            {
                if (label == BatchNames.Ignored)
                {
                    ids[at].Should().Be(original[at]);
                    continue;
                }

                label.Should().Be(original[at]);
                hidden++;
                masked += ids[at] == Mask ? 1 : 0;
                kept += ids[at] == original[at] ? 1 : 0;
            }
        }

        hidden.Should().Be(200 * 75);
        ((double)masked / hidden).Should().BeApproximately(0.8, 0.015);
        ((double)kept / hidden).Should().BeApproximately(0.1, 0.01);
    }

    [Fact]
    public void Truncated_texts_are_counted()
    {
        using BertModel model = Models.Tiny(options => options with { Head = BertHeads.SequenceClassification }, "a", "b");
        string longer = string.Concat(Enumerable.Repeat("a", model.ContextLength));
        string fits = longer[..(model.ContextLength - 2)];
        using Batch texts = model.Collate([new LabelledTextExample(longer, 0), new LabelledTextExample(fits, 1),
            new LabelledTextExample("a", 1)], Models.Context());
        using Batch pairs = model.Collate([new TextPairExample(fits, "a", 0), new TextPairExample("a", "b", 1)], Models.Context());

        (texts.Truncated, pairs.Truncated).Should().Be((1, 1));
    }

    [Fact]
    public void Masking_is_a_function_of_the_seed()
    {
        using BertModel model = Models.Tiny();
        TokenBlock[] blocks = [Block(20), Block(20)];

        long[] Ids(ulong seed, bool training = true)
        {
            using Batch batch = model.Collate(blocks, Models.Context(training, seed));
            return [.. Models.Values(batch[BatchNames.InputIds]), .. Models.Values(batch[BatchNames.Labels])];
        }

        Ids(1).Should().Equal(Ids(1));
        Ids(1).Should().NotEqual(Ids(2));
        Ids(1, training: false).Should().Equal(Ids(2, training: false));
    }

    [Fact]
    public void A_block_gets_its_special_tokens_which_are_never_hidden()
    {
        using BertModel model = Models.Tiny(options => options with { MaskShare = 0.9 });
        model.BlockLength.Should().Be(22);

        using Batch batch = model.Collate([Block(22), Block(10)], Models.Context());

        long[] ids = Models.Values(batch[BatchNames.InputIds]);
        long[] labels = Models.Values(batch[BatchNames.Labels]);
        batch[BatchNames.InputIds].shape.Should().Equal(2, 24);
        (ids[0], ids[23], ids[24], ids[24 + 11]).Should().Be((Cls, Sep, Cls, Sep));
        (labels[0], labels[23], labels[24 + 11], labels[24 + 12]).Should().Be((-100, -100, -100, -100));
        Models.Values(batch[BatchNames.AttentionMask])[24..].Should().Equal(Enumerable.Range(0, 24).Select(at => at < 12 ? 1L : 0L));
        batch.Targets.Should().Be(20 + 9).And.Be(labels.LongCount(label => label != -100));
        batch.Find(BatchNames.TokenTypeIds).Should().BeNull();
    }

    [Fact]
    public void Whole_words_are_hidden_together()
    {
        using BertModel model = Models.Tiny(options => options with { WholeWord = true, MaskShare = 0.5 });
        int[] ids = [.. new ToyTokenizer().Encode("abc de f ghij klm")];

        for (ulong seed = 0; seed < 20; seed++)
        {
            using Batch batch = model.Collate([new TokenBlock(ids)], Models.Context(seed: seed));
            bool[] hidden = [.. Models.Values(batch[BatchNames.Labels])[1..^1].Select(label => label != -100)];
            foreach (Range word in new[] { 0..3, 3..5, 5..6, 6..10, 10..13 })
                hidden[word].Distinct().Should().HaveCount(1);
        }
    }

    [Fact]
    public void A_question_with_a_mask_keeps_its_mask()
    {
        using BertModel model = Models.Tiny();

        using Batch batch = model.Collate([new TokenBlock(new[] { 5, Mask, 6 })], Models.Context(training: false));

        Models.Values(batch[BatchNames.InputIds]).Should().Equal(Cls, 5, Mask, 6, Sep);
        batch.Targets.Should().Be(0);
        using DisposeScope scope = torch.NewDisposeScope();
        model.Loss(batch).item<float>().Should().Be(0);
    }

    [Fact]
    public void Pairs_are_truncated_to_the_context_longer_text_first()
    {
        using BertModel model = Models.Tiny(options => options with { ContextLength = 13 }, "no", "yes");

        using Batch batch = model.Collate([new TextPairExample(Letters(20), Letters(3), 1),
            new TextPairExample(Letters(20), Letters(20), 0)], Models.Context());

        long[] types = Models.Values(batch[BatchNames.TokenTypeIds]);
        types[..13].Should().Equal(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1); // [CLS] 7 [SEP] 3 [SEP]
        types[13..].Should().Equal(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1); // [CLS] 5 [SEP] 5 [SEP]
        Models.Values(batch[BatchNames.Labels]).Should().Equal(1, 0);
        using Batch texts = model.Collate([new LabelledTextExample(Letters(30), 1)], Models.Context());
        texts[BatchNames.InputIds].shape.Should().Equal(1, 13);
    }

    [Fact]
    public void Half_of_the_second_sentences_come_from_other_pairs()
    {
        using BertModel model = Models.Tiny(options => options with { Head = "pre-training" });
        model.BlockLength.Should().Be(21);
        TokenBlock[] blocks = [.. Enumerable.Range(0, 20).Select(row => new TokenBlock(Enumerable.Repeat(5 + row, 20).ToArray()))];
        long others = 0;

        for (ulong seed = 0; seed < 50; seed++)
        {
            using Batch batch = model.Collate(blocks, Models.Context(seed: seed));
            long[] follows = Models.Values(batch[BatchNames.NextSentenceLabel]);
            long[] labels = Models.Values(batch[BatchNames.Labels]);
            others += follows.Sum();
            for (int row = 0; row < 20; row++)
            {
                // What was hidden tells where the second segment came from.
                foreach (long label in labels[(row * 23 + 12)..(row * 23 + 22)].Where(label => label != -100))
                    (label == 5 + row).Should().Be(follows[row] == 0);
            }
        }

        (others / 1000.0).Should().BeApproximately(0.5, 0.06);
    }

    [Fact]
    public void The_class_of_a_word_is_at_its_first_token()
    {
        using BertModel tagger = Tagger();

        using Batch batch = tagger.Collate(
            [new TokenLabelledExample(["ab", "c", "def"], [1, 0, 1]), new TokenLabelledExample(["x"], [0])], Models.Context());

        Models.Values(batch[BatchNames.Labels]).Should()
            .Equal(-100, 1, -100, 0, 1, -100, -100, -100, -100, 0, -100, -100, -100, -100, -100, -100);
        Models.Values(batch[BatchNames.InputIds])[..8].Should().Equal(Cls, 5, 32, 7, 8, 35, 36, Sep);
        batch.Targets.Should().Be(4);
    }

    [Fact]
    public void Sentences_are_truncated_to_the_context_and_a_word_without_a_token_is_unknown()
    {
        using BertModel tagger = Tagger();

        using Batch batch = tagger.Collate([new TokenLabelledExample([" ", .. Enumerable.Repeat("ab", 30)], [1, .. new int[30]])],
            Models.Context());

        long[] ids = Models.Values(batch[BatchNames.InputIds]);
        ids.Should().HaveCount(24);
        (ids[1], ids[23]).Should().Be((1, Sep));
        Models.Values(batch[BatchNames.Labels])[..4].Should().Equal(-100, 1, 0, -100);
        batch.Targets.Should().Be(12);
    }

    [Fact]
    public void A_masked_model_learns_from_tagged_sentences_without_their_tags()
    {
        using BertModel masked = Models.Tiny();

        using Batch batch = masked.Collate([new TokenLabelledExample(["ab", "c"], [1, 0])], Models.Context());

        batch.Targets.Should().Be(1);
        Models.Values(batch[BatchNames.Labels]).Should().Contain(label => label >= 5);
    }

    [Fact]
    public void Examples_that_do_not_fit_are_rejected()
    {
        using BertModel classifier = Models.Tiny(null, "no", "yes");
        using BertModel masked = Models.Tiny();
        using BertModel tokens = Models.Tiny(options => options with { Head = "token-classification" }, "no", "yes");

        Refused(() => classifier.Collate([new LabelledTextExample("a", 2)], Models.Context()),
            "*label 2, but the model has 2 classes: 0 no, 1 yes*");
        Refused(() => classifier.Collate([new TextPairExample("a", "b")], Models.Context()), "*no label*");
        Refused(() => classifier.Collate([Block(5)], Models.Context()), "*Packed text has no classes*");
        Refused(() => tokens.Collate([new LabelledTextExample("a", 1)], Models.Context()), "*no class for each token*");
        Refused(() => tokens.Collate([new TokenLabelledExample(["a"], [2])], Models.Context()),
            "*label 2, but the model's classes are 0 … 1 (no, yes)*");
        Refused(() => classifier.Collate([new TokenLabelledExample(["a"], [1])], Models.Context()),
            "*class for each word*Use the head 'token-classification'*");
        Refused(() => masked.Collate([new TokenBlock(new[] { 5, 57 })], Models.Context()),
            "*Token id 57 is outside the model's vocabulary of 57*");
        Refused(() => masked.Collate([new LabelledTextExample("a", 1)], new CollateContext(new SeededRandom(1), true, null)),
            "*no tokenizer*");
        using Batch unlabelled = classifier.Collate([new TextPairExample("a", "b")], Models.Context(training: false));
        unlabelled.Find(BatchNames.Labels).Should().BeNull();
    }

    private static BertModel Tagger() => Models.Tiny(options => options with { Head = "token-classification" }, "no", "yes");

    private static void Refused(Func<Batch> collate, string message) => collate.Should().Throw<DataException>().WithMessage(message);

    private static TokenBlock Block(int length) => new(Enumerable.Range(5, length).ToArray());

    private static string Letters(int count) => string.Join(' ', Enumerable.Repeat("a", count));
}
