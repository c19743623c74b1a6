using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Tests.Data;

namespace Tenon.Host.Tests.Evaluation.Baselines;

public class CountBaselinesTests
{
    [Fact]
    public void Agrees_with_counting_by_hand()
    {
        // Training: a→b, b→a, a→b, b→c; counted tokens b a b c of a vocabulary of 4.
        ListExamples<TokenBlock> train = Blocks([0, 1, 0, 1, 2]);
        ListExamples<TokenBlock> validation = Blocks([0, 1, 3]);
        CountBaselines baselines = CountBaselines.Of(train, validation, vocabularySize: 4);

        double frequencyOfB = (2 + 0.5) / (4 + 0.5 * 4);
        double frequencyOfD = 0.5 / (4 + 0.5 * 4);
        baselines.Unigram.CrossEntropy.Should().BeApproximately(-(Math.Log(frequencyOfB) + Math.Log(frequencyOfD)) / 2, 1e-12);

        // a was followed twice, by one kind; b twice, by two kinds and never by d.
        double bAfterA = (2 + 1 * frequencyOfB) / (2 + 1);
        double dAfterB = (0 + 2 * frequencyOfD) / (2 + 2);
        baselines.Bigram.CrossEntropy.Should().BeApproximately(-(Math.Log(bAfterA) + Math.Log(dAfterB)) / 2, 1e-12);
        baselines.Targets.Should().Be(2);
    }

    [Fact]
    public void Has_probabilities_that_add_up_to_one()
    {
        ListExamples<TokenBlock> train = Blocks([0, 1, 0, 1, 2, 2, 0]);
        foreach (int before in (int[])[0, 1, 2, 4])
        {
            double[] probabilities = [.. Enumerable.Range(0, 5)
                .Select(token => Math.Exp(-CountBaselines.Of(train, Blocks([before, token]), 5).Bigram.CrossEntropy))];
            probabilities.Sum().Should().BeApproximately(1, 1e-12);
        }
    }

    [Fact]
    public void Predicts_real_text_better_from_two_tokens_than_from_one()
    {
        ListExamples<TokenBlock> text = Blocks([.. new ByteTokenizer().Encode(RepositoryText())]);
        int[] ids = text[0].Ids.ToArray();
        CountBaselines baselines = CountBaselines.Of(Blocks(ids[..^2000]), Blocks(ids[^2000..]), 257);
        baselines.Bigram.Perplexity.Should().BeLessThan(baselines.Unigram.Perplexity).And.BeGreaterThan(1);
        baselines.Unigram.Perplexity.Should().BeLessThan(257);
    }

    [Fact]
    public void Counts_no_more_of_a_large_corpus_than_asked()
    {
        ListExamples<TokenBlock> train = new([.. Enumerable.Repeat(new TokenBlock(new int[] { 0, 1, 0, 1, 0 }), 100)]);
        CountBaselines.Of(train, Blocks([0, 1]), 2, mostTrainTokens: 40);
        train.Reads.Should().BeLessThan(20);
    }

    private static ListExamples<TokenBlock> Blocks(int[] ids) => new([new TokenBlock(ids)]);

    private static string RepositoryText()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "docs", "architecture.md")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine(folder!.FullName, "docs", "architecture.md"));
    }
}
