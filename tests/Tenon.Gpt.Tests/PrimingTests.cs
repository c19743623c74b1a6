using Tenon.Priming;

namespace Tenon.Gpt.Tests;

public class PrimingTests
{
    private static readonly ToyTokenizer Tokenizer = new();
    private static readonly PromptFrame Frame = PromptFrame.Continued(Tokenizer);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Scores_are_the_words_log_probabilities_after_each_prompt(bool lengthNormalized)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Tiny();
        using var noGrad = torch.no_grad();
        int[][] prompts = [[5, 6, 7], [8, 9, 10, 11, 12], [13]];
        int[][] answers = [[3], [4, 5, 6], [7, 8]];

        double[][] scores = new LabelScorer(model, answers, lengthNormalized)
            .Score([.. prompts.Select(prompt => new PrimedPrompt(prompt, [], 0))]);

        foreach ((int row, int[] prompt) in prompts.Index())
        {
            foreach ((int label, int[] answer) in answers.Index())
                scores[row][label].Should().BeApproximately(Direct(model, prompt, answer) / (lengthNormalized ? answer.Length : 1), 1e-4);
        }
    }

    [Fact]
    public void Calibration_divides_the_models_bias_out()
    {
        // The model says 0.9 to 0.1 whatever it is asked; where it says 0.8 to 0.2, the text speaks for the second label.
        double[] bias = Calibration.Bias([[Math.Log(0.9), Math.Log(0.1)], [Math.Log(1.8), Math.Log(0.2)]]);
        bias.Should().HaveCount(2);
        bias[0].Should().BeApproximately(0.9, 1e-12);
        Calibration.Predict([Math.Log(0.8), Math.Log(0.2)], bias).Should().Be(1);
        Calibration.Predict([Math.Log(0.95), Math.Log(0.05)], bias).Should().Be(0);
        Calibration.Best([Math.Log(0.8), Math.Log(0.2)]).Should().Be(0);
    }

    [Fact]
    public void A_prompt_has_the_examples_in_order_and_ends_with_the_question()
    {
        var options = new PrimingOptions { Template = "{text} {label}gg", Instructions = "hh" };
        var words = new LabelWords(options, Tokenizer, ["aa", "bb"]);
        var prompts = new Prompts(options, Tokenizer, words, Frame, 24);
        PrimedPrompt prompt = prompts.For([new("cc", 1), new("dd", 0)], "ee");
        prompt.Examples.Should().Be(2);
        prompt.Before.Should().Equal([0, .. Tokenizer.Encode("hhcc bbggdd aaggee")]);
        words.Tokens[1].Should().Equal(Tokenizer.Encode(" bb"));
    }

    [Fact]
    public void Examples_that_do_not_fit_are_dropped_from_the_first_and_a_long_text_is_truncated_at_its_start()
    {
        var options = new PrimingOptions { Template = "{text} {label}gg" };
        var prompts = new Prompts(options, Tokenizer, new LabelWords(options, Tokenizer, ["aa", "bb"]), Frame, 10);
        PrimedPrompt prompt = prompts.For([new("cccccc", 1), new("dddd", 0)], "ee");
        prompt.Examples.Should().Be(1);
        prompt.Before.Should().Equal([0, .. Tokenizer.Encode("dddd aaggee")]);
        PrimedPrompt cut = prompts.For([], new string('e', 40) + "hh");
        cut.Before.Should().HaveCount(8).And.StartWith(0).And.EndWith(Tokenizer.Encode("eehh"));
    }

    [Theory]
    [InlineData("a", null, "has no word for the label 'bad'. It has words for: good. The data's labels are: good, bad.")]
    [InlineData("", null, "has no word for the labels 'good', 'bad'. It has words for: none. The data's labels are: good, bad.")]
    [InlineData("a", "a", "gives the labels 'good', 'bad' the same tokens, so they cannot be distinguished. Choose different words.")]
    public void Each_label_needs_its_own_word(string good, string? bad, string sentence)
    {
        Dictionary<string, string> words = new() { ["good"] = good };
        if (bad is not null)
            words["bad"] = bad;

        PrimingValidation.OfWords(new PrimingOptions { Verbalizers = words }, Tokenizer, ["good", "bad"]).Should().ContainSingle()
            .Which.ErrorMessage.Should().Be(sentence);
    }

    [Fact]
    public void All_errors_of_data_and_model_are_reported_at_once()
    {
        using GptModel model = Models.Tiny();
        var options = new PrimingOptions { Shots = [0, 9], Verbalizers = new Dictionary<string, string> { ["good"] = new('a', 100) } };

        string[] told = [.. new Priming.Priming().Validate(options, model, Tokenizer, new Given())
            .Select(error => $"{string.Join(", ", error.MemberNames)} {error.ErrorMessage}")];

        told.Should().HaveCount(4);
        told[0].Should().Be("Shots has 9, but there are 2 examples to draw from; allowed: 0 … 2. Use fewer, or hold out less " +
            "(validation:share).");
        told[1].Should().Be(" There is nothing to evaluate on: validation:share is 0, and the data has no validation split. Set " +
            "validation:share above 0.");
        told[2].Should().StartWith("Verbalizers has no word for the label 'bad'.");
        told[3].Should().StartWith("Verbalizers take up to 51 tokens, but the context length is 24, which leaves no room for a text.");
    }

    private sealed class Given : IRunData, IExamples<LabelledTextExample>
    {
        public DataFacts Facts { get; } = new() { Labels = ["good", "bad"] };

        public long Count => 2;

        public LabelledTextExample this[long index] => new("text", (int)index);

        public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example =>
            split == Split.Train ? (IExamples<TExample>)(object)this : null;

        public IBatchSource Batches(Split split) => throw new NotSupportedException();

        public IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example =>
            throw new NotSupportedException();
    }

    [Fact]
    public void Metrics_cover_the_labels_that_occur()
    {
        // Class 0: 2 right, 1 taken for 1. Class 1: 1 right. Class 2 never occurs.
        Figures figures = Figures.Of([0, 0, 0, 1], [0, 0, 1, 1]);
        figures.Accuracy.Should().Be(0.75);
        figures.MacroF1.Should().BeApproximately((0.8 + 2.0 / 3) / 2, 1e-12);
    }

    // The sum of log p(token | everything before it), with one pass over everything and no cache.
    private static double Direct(GptModel model, int[] prompt, int[] answer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = model.Logits(Models.Ids([.. prompt.Concat(answer).Select(id => (long)id)])).log_softmax(-1);
        return answer.Index().Sum(token => (double)logits[0, prompt.Length - 1 + token.Index, token.Item].item<float>());
    }
}
