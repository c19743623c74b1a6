using Tenon.Priming;

namespace Tenon.Bert.Tests;

/// <summary>Labels read from gaps, as the strategy <c>priming</c> asks a masked model.</summary>
public class ClozeTests
{
    private static readonly ToyTokenizer Tokenizer = new();
    private static readonly PromptFrame Frame = PromptFrame.Cloze(Tokenizer);

    [Fact]
    public void The_label_is_a_mask_in_the_text_after_the_examples()
    {
        var options = new PrimingOptions { Template = "{text} is {label} here ", Instructions = "say " };
        var words = new LabelWords(options, Tokenizer, ["aa", "b"]);
        var prompts = new Prompts(options, Tokenizer, words, Frame, 40);
        PrimedPrompt prompt = prompts.For([new("cc", 1), new("dd", 0)], "ee");

        prompt.Before.Should().Equal([2, .. Tokenizer.Encode("say cc is b here dd is aa here ee is")]);
        prompt.After.Should().Equal([.. Tokenizer.Encode("here"), 3]);
        prompt.Examples.Should().Be(2);
        words.Tokens.Select(ids => ids.Length).Should().Equal(2, 1);
    }

    [Fact]
    public void Prompts_fit_the_context_with_gap_and_end()
    {
        var options = new PrimingOptions { Template = "{text} is {label} so" };
        var prompts = new Prompts(options, Tokenizer, new LabelWords(options, Tokenizer, ["aa", "b"]), Frame, 16);
        foreach (string text in (string[])["e", "eeee", "eeeeeeeeeeeeeeeee"])
        {
            PrimedPrompt prompt = prompts.For([new("cc", 1), new("d", 0)], text);
            (prompt.Before.Length + 2 + prompt.After.Length).Should().BeLessThanOrEqualTo(16);
            prompt.Before.Should().StartWith(2).And.EndWith(Tokenizer.Encode("is"));
        }

        prompts.For([new("cc", 1), new("d", 0)], "e").Examples.Should().Be(1);
        prompts.For([new("cc", 1), new("d", 0)], "eeeeeeeeeeeeeeeee").Examples.Should().Be(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Scores_are_the_words_log_probabilities_at_the_masks(bool lengthNormalized)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Models.Tiny();
        using var untracked = torch.no_grad();
        PrimedPrompt[] prompts = [new([2, 6, 7], [8, 3], 0), new([2, 9, 10, 11, 12], [3], 0), new([2, 13], [14, 15, 16, 3], 0)];
        int[][] answers = [[20], [21, 40, 41], [22], [23, 42]];

        double[][] scores = new ClozeScorer(model, answers, Tokenizer.Special, lengthNormalized).Score(prompts);

        foreach ((int row, PrimedPrompt prompt) in prompts.Index())
        {
            foreach ((int label, int[] answer) in answers.Index())
                scores[row][label].Should().BeApproximately(Direct(model, prompt, answer) / (lengthNormalized ? answer.Length : 1), 1e-4);
        }
    }

    [Fact]
    public void A_tokenizer_without_a_mask_is_rejected()
    {
        using BertModel model = Models.Tiny();
        Action make = () => _ = new ClozeScorer(model, [[5]], new SpecialTokens(), lengthNormalized: true);
        make.Should().Throw<ModelException>().WithMessage("The tokenizer has no mask token*");
    }

    [Theory]
    [InlineData("masked-lm", typeof(ILanguageModel), null)]
    [InlineData("masked-lm", typeof(IPolicy), null)]
    [InlineData("sequence-classification", typeof(IPolicy), null)]
    [InlineData("sequence-classification", typeof(ILanguageModel),
        "does not predict masked tokens. Set 'head' to 'masked-lm' or 'pre-training'.")]
    [InlineData("token-classification", typeof(IPolicy), "does not predict one choice for a text.")]
    [InlineData("question-answering", typeof(IPolicy), "does not predict one choice for a text.")]
    [InlineData("question-answering", typeof(ILanguageModel), "does not predict masked tokens.")]
    [InlineData("question-answering", typeof(IQuestionAnswerer), null)]
    [InlineData("masked-lm", typeof(IQuestionAnswerer), "does not predict spans of a passage. Set 'head' to 'question-answering'.")]
    public void A_head_reports_what_it_cannot_do(string head, Type capability, string? sentence)
    {
        using BertModel model = Models.Tiny(options => options with { Head = head }, head.EndsWith("classification", StringComparison.Ordinal) ? ["no", "yes"] : []);
        if (sentence is null)
            model.UnsupportedReason(capability).Should().BeNull();
        else
            model.UnsupportedReason(capability).Should().StartWith($"This BERT has the head '{head}'").And.Contain(sentence);
    }

    // One prompt by itself, without padding: the sum of log p(token) over the gaps.
    private static double Direct(BertModel model, PrimedPrompt prompt, int[] answer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[] ids = [.. prompt.Before.Select(id => (long)id), .. answer.Select(_ => 4L), .. prompt.After.Select(id => (long)id)];
        using var batch = new Batch(new Dictionary<string, Tensor> { ["input_ids"] = torch.tensor(ids).unsqueeze(0) }, 1, answer.Length);
        Tensor logProbabilities = model.TokenLogits(batch).log_softmax(-1);
        return answer.Index().Sum(token => (double)logProbabilities[0, prompt.Before.Length + token.Index, token.Item].item<float>());
    }
}
