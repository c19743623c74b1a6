namespace Tenon.Bert.Tests;

public class BertPolicyTests
{
    private static readonly string[] Classes = ["short", "long", "other"];

    [Theory]
    [InlineData(false, 1.0, 1.0)]
    [InlineData(false, 1.5, 0.7)]
    [InlineData(true, 1.0, 1.0)]
    [InlineData(true, 1.5, 1.0)]
    public void Recomputed_log_probabilities_equal_sampled_ones(bool classes, double temperature, double topP)
    {
        using BertModel model = Model(classes);
        using Batch batch = Batch(model, classes);
        PolicyChecks.RecomputesWhatWasSampled(model, batch, new SamplingOptions { Temperature = temperature, TopP = topP }, 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rollout_is_reproducible_and_leaves_no_tensors(bool classes)
    {
        using BertModel model = Model(classes);
        using Batch batch = Batch(model, classes);
        PolicyChecks.Repeats(model, batch, new SamplingOptions());
        PolicyChecks.LeavesNothing(model, batch, new SamplingOptions());
        PolicyChecks.DoesNotBeginAfterAStop(model, batch, new SamplingOptions());
    }

    [Fact]
    public void One_masked_token_is_kept_and_the_others_are_restored()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Model(classes: false);
        var tokenizer = new ToyTokenizer();
        using Batch batch = Batch(model, classes: false);
        using Rollout rollout = model.Sample(batch, new SamplingOptions(), new SeededRandom(5));

        long[] ids = Models.Values(rollout.States["input_ids"]);
        long[] whole = Models.Values(torch.where(batch["labels"].eq(BatchNames.Ignored), batch["input_ids"], batch["labels"]));
        ids.Zip(whole).Count(pair => pair.First != pair.Second).Should().Be(3, "each of three texts has one gap");
        ids.Count(id => id == 4).Should().Be(3);
        IReadOnlyList<ChoiceOutcome> outcomes = model.Outcomes(rollout, tokenizer);
        long length = rollout.States["input_ids"].size(1);
        long[] positions = Models.Values(rollout.States["positions"]);
        outcomes.Select(outcome => (long)outcome.Label!.Value).Should().Equal(positions.Select((at, row) => whole[row * length + at]));
        outcomes.Should().OnlyContain(outcome => outcome.ChoiceName == (outcome.Choice < 57 ? tokenizer.TokenText(outcome.Choice) : ""));
    }

    [Fact]
    public void Samples_for_one_text_fill_the_same_mask()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Model(classes: false);
        using Batch batch = Batch(model, classes: false);
        using Batch group = new(batch.Names.Select(name => KeyValuePair.Create(name, batch[name].repeat_interleave(8, 0)))
            .ToArray(), 8 * batch.Examples, 0);

        using Rollout rollout = model.Sample(group, new SamplingOptions { Temperature = 2 }, new SeededRandom(5));

        foreach (long[] positions in Models.Values(rollout.States["positions"]).Chunk(8))
            positions.Should().AllBeEquivalentTo(positions[0]);
        Models.Values(rollout.States["actions"])[..8].Distinct().Should().HaveCountGreaterThan(1);
    }

    [Fact]
    public void A_text_without_labels_uses_its_first_mask()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Model(classes: false);
        using Batch masked =
            new(new Dictionary<string, Tensor> { ["input_ids"] = torch.tensor(new long[,] { { 2, 6, 4, 8, 4, 3 } }) }, 1, 0);
        using Batch whole = new(new Dictionary<string, Tensor> { ["input_ids"] = torch.tensor(new long[,] { { 2, 6, 7, 8, 9, 3 } }) }, 1,
            0);

        using Rollout rollout = model.Sample(masked, new SamplingOptions { Temperature = 0 }, new SeededRandom(5));
        Models.Values(rollout.States["positions"]).Should().Equal(2);
        Models.Values(rollout.States["actions"]).Should().Equal(Models.Values(model.TokenLogits(masked)[0, 2].argmax()));
        model.Outcomes(rollout, new ToyTokenizer())[0].Label.Should().BeNull();
        Action none = () => model.Sample(whole, new SamplingOptions(), new SeededRandom(5));
        none.Should().Throw<ModelException>().WithMessage("The text in row 0 has no [MASK]*");
        Action nameless = () => model.Outcomes(rollout, tokenizer: null);
        nameless.Should().Throw<ModelException>().WithMessage("*no tokenizer*");
    }

    [Fact]
    public void Chosen_classes_are_reported_with_the_correct_ones()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Model(classes: true);
        using Batch batch = Batch(model, classes: true);
        using Rollout rollout = model.Sample(batch, new SamplingOptions(), new SeededRandom(5));

        IReadOnlyList<ChoiceOutcome> outcomes = model.Outcomes(rollout, tokenizer: null);
        outcomes.Should().OnlyContain(outcome => outcome.ChoiceName == Classes[outcome.Choice]);
        outcomes.Select(outcome => outcome.Label).Should().Equal(0, 1, 2);
    }

    private static BertModel Model(bool classes) => classes ? Models.Tiny(null, Classes) : Models.Tiny();

    private static Batch Batch(BertModel model, bool classes)
    {
        string[] texts = ["ab cd efg", "hello there you", "a quick brown fox"];
        return classes
            ? model.Collate([.. texts.Select((text, label) => new LabelledTextExample(text, label))], Models.Context())
            : model.Collate([.. texts.Select(text => new TokenBlock(new ToyTokenizer().Encode(text).ToArray()))], Models.Context());
    }
}
