using Tenon.NeoX;

namespace Tenon.Layers.Tests;

public class CausalPolicyTests
{
    [Theory]
    [InlineData(1.0, 0, 1.0)]
    [InlineData(0.7, 0, 1.0)]
    [InlineData(1.3, 5, 1.0)]
    [InlineData(1.0, 0, 0.6)]
    [InlineData(0.0, 0, 1.0)]
    public void Recomputed_log_probabilities_equal_sampled_ones(double temperature, int topK, double topP)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        var options = new SamplingOptions { MaxNewTokens = 8, Temperature = temperature, TopK = topK, TopP = topP };
        using Batch prompts = Prompts();

        using Rollout rollout = model.Sample(prompts, options, new SeededRandom(5));
        PolicyEvaluation evaluation = model.Evaluate(rollout, options);

        rollout.Mask.shape.Should().Equal(rollout.LogProbabilities.shape);
        NeoXModels.Difference(evaluation.LogProbabilities, rollout.LogProbabilities).Should().BeLessThan(1e-5);
        evaluation.Features.shape.Should().Equal(3, rollout.Mask.size(1), 32);
        NeoXModels.Values(evaluation.Entropy).Should().OnlyContain(entropy => entropy >= 0 && entropy <= Math.Log(NeoXModels.Vocabulary));
        rollout.LogProbabilities.max().item<float>().Should().BeLessThanOrEqualTo(0);
        evaluation.LogProbabilities.requires_grad.Should().BeTrue();
        evaluation.LogProbabilities.sum().backward();
        float.IsFinite(model.TokenEmbeddings.grad!.abs().sum().item<float>()).Should().BeTrue();
    }

    [Fact]
    public void A_rollout_is_reproducible_and_does_not_depend_on_its_batch()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        var options = new SamplingOptions { MaxNewTokens = 8 };
        using Batch three = Prompts();
        using Batch one = new(new Dictionary<string, Tensor> { ["input_ids"] = NeoXModels.Ids([4, 5]) }, 1, 0);

        using Rollout first = model.Sample(three, options, new SeededRandom(5));
        using Rollout again = model.Sample(three, options, new SeededRandom(5));
        using Rollout alone = model.Sample(one, options, new SeededRandom(5));

        NeoXModels.Difference(first.States["input_ids"], again.States["input_ids"]).Should().Be(0);
        long[] actions = Actions(first, 0);
        Actions(alone, 0).Should().Equal(actions);
        actions.Should().HaveCountGreaterThan(1);
    }

    [Fact]
    public void A_rollout_ends_at_each_id_that_ends_a_text()
    {
        using NeoXModel endless = NeoXModels.Tiny();
        using Batch prompts = Prompts();
        var options = new SamplingOptions { MaxNewTokens = 8 };
        using Rollout whole = endless.Sample(prompts, options, new SeededRandom(5));
        int end = (int)Actions(whole, 0)[3];

        using NeoXModel model = NeoXModels.Tiny(90, end);
        using Rollout cut = model.Sample(prompts, options, new SeededRandom(5));

        model.EndOfText.Should().Equal(0, 90, end);
        long[] actions = [.. Actions(whole, 0)];
        int first = Array.FindIndex(actions, id => model.EndOfText.Contains((int)id));
        Actions(cut, 0).Should().Equal(actions[..(first + 1)]);
        model.Outcomes(cut, new ToyTokenizer())[0].Ended.Should().BeTrue();
        endless.Outcomes(whole, new ToyTokenizer())[0].Ended.Should().Be(Actions(whole, 0)[^1] == 0);
    }

    [Fact]
    public void Sampling_stops_at_the_token_at_which_it_is_cancelled()
    {
        using NeoXModel model = NeoXModels.Tiny();
        using Batch prompts = Prompts();
        PolicyChecks.EndsWhenAsked(model, prompts, new SamplingOptions { MaxNewTokens = 8 }, "gpt_neox.final_layer_norm");
    }

    [Fact]
    public void Outcomes_are_the_texts_of_the_rows()
    {
        using NeoXModel model = NeoXModels.Tiny();
        var tokenizer = new ToyTokenizer();
        using Batch batch = model.Collate(
            [new PromptExample("abab", ""), new PromptExample("ab", "")], new CollateContext(new SeededRandom(1), true, tokenizer));

        using Rollout rollout = model.Sample(batch, new SamplingOptions { MaxNewTokens = 6 }, new SeededRandom(5));
        IReadOnlyList<TextOutcome> outcomes = model.Outcomes(rollout, tokenizer);

        outcomes.Select(outcome => outcome.Prompt).Should().Equal("abab", "ab");
        for (int row = 0; row < 2; row++)
        {
            long[] actions = Actions(rollout, row);
            outcomes[row].Ended.Should().Be(actions[^1] == 0);
            // The model can draw ids that the tokenizer lacks; they have no text.
            outcomes[row].Response.Should().Be(
                tokenizer.Decode(actions.Where(id => id != 0 && id < tokenizer.VocabularySize).Select(id => (int)id)));
        }

        model.Invoking(m => m.Outcomes(rollout, null)).Should().Throw<ModelException>().WithMessage("*no tokenizer*");
    }

    [Fact]
    public void Prompts_are_the_tokens_before_the_first_label()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        using Batch batch = model.Collate(
            [new PromptExample("abab", "cc"), new PromptExample("ab", "cccc")],
            new CollateContext(new SeededRandom(1), true, new ToyTokenizer()));

        using Rollout rollout = model.Sample(batch, new SamplingOptions { MaxNewTokens = 1 }, new SeededRandom(5));

        long[] prompt = [.. new ToyTokenizer().Encode("abab").Select(id => (long)id)];
        rollout.States["input_ids"].data<long>().ToArray().Should().Equal(prompt[0], prompt[1], 0, prompt[0]);
        rollout.States["attention_mask"].data<long>().ToArray().Should().Equal(1, 1, 0, 1);
    }

    [Fact]
    public void Responses_and_preferences_take_loss_on_the_response_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        var context = new CollateContext(new SeededRandom(1), true, new ToyTokenizer());
        long[] Encode(string text) => [.. new ToyTokenizer().Encode(text).Select(id => (long)id)];

        using Batch responses = model.Collate([new PromptExample("abcd", "efgh"), new PromptExample("ab", "cd")], context);
        using Batch preferences = model.Collate([new PreferenceExample("ab", "cd", "efgh")], context);

        responses["input_ids"].shape.Should().Equal(2, 4);
        responses["labels"].data<long>().ToArray().Should().Equal([-100, .. Encode("efgh"), 0, .. Encode("cd"), 0, -100, -100]);
        responses["attention_mask"].data<long>().ToArray().Should().Equal(1, 1, 1, 1, 1, 1, 0, 0);
        responses.Targets.Should().Be(5);
        preferences["labels"].data<long>().ToArray().Should().Equal([.. Encode("cd"), 0, -100, .. Encode("efgh"), 0]);
        preferences.Examples.Should().Be(1);
        model.Loss(responses).item<float>().Should().BeGreaterThan(0);
    }

    [Fact]
    public void Padding_a_batch_does_not_change_its_loss()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using NeoXModel model = NeoXModels.Tiny();
        var context = new CollateContext(new SeededRandom(1), true, new ToyTokenizer());
        using Batch both = model.Collate([new PromptExample("abcd", "efgh"), new PromptExample("ab", "cd")], context);
        using Batch first = model.Collate([new PromptExample("abcd", "efgh")], context);
        using Batch second = model.Collate([new PromptExample("ab", "cd")], context);

        double sum = model.Loss(first).item<float>() * first.Targets + model.Loss(second).item<float>() * second.Targets;
        double expected = sum / both.Targets;

        model.Loss(both).item<float>().Should().BeApproximately((float)expected, 1e-5f);
    }

    [Fact]
    public void Ids_outside_the_vocabulary_and_unsupported_sampling_are_rejected()
    {
        using NeoXModel model = NeoXModels.Tiny();
        var context = new CollateContext(new SeededRandom(1), true, null);
        using Batch prompts = Prompts();
        Action ids = () => model.Collate([new TokenBlock(new[] { 1, NeoXModels.Vocabulary })], context);
        Action tokenizer = () => model.Collate([new PromptExample("a", "b")], context);
        Action penalty = () => model.Sample(prompts, new SamplingOptions { RepetitionPenalty = 2 }, new SeededRandom(1));

        ids.Should().Throw<DataException>().WithMessage("*id 100*vocabulary of 100*");
        tokenizer.Should().Throw<DataException>().WithMessage("*no tokenizer*");
        penalty.Should().Throw<ModelException>().WithMessage("'repetitionPenalty' is 2*");
    }

    private static Batch Prompts() => new(
        new Dictionary<string, Tensor>
        {
            ["input_ids"] = NeoXModels.Ids([4, 5, 0], [6, 7, 8], [9, 0, 0]),
            ["attention_mask"] = NeoXModels.Ids([1, 1, 0], [1, 1, 1], [1, 0, 0]),
        },
        3,
        0);

    private static long[] Actions(Rollout rollout, int row)
    {
        Tensor labels = rollout.States["labels"];
        return [.. labels[row].data<long>().Where(label => label != BatchNames.Ignored)];
    }
}
