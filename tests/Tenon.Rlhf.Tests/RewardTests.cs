using Tenon.Gpt;
using Tenon.Rewards;

namespace Tenon.Rlhf.Tests;

// Alone, since models are drawn from the seed that torch has for the whole process.
[Collection("rlhf runs")]
public sealed class RewardTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-rewards-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(LexiconScore.Sum, "It was a GOOD day, not bad", 0)] // good 3, bad -3
    [InlineData(LexiconScore.Sum, "what bad luck", -2)] // the phrase, not "bad" and "luck"
    [InlineData(LexiconScore.Mean, "good good night stranger", 1.5)]
    [InlineData(LexiconScore.Mean, "", 0)]
    [InlineData(LexiconScore.Sign, "a disaster, a terrible disaster", -1)]
    [InlineData(LexiconScore.Sum, "goodness knows", 3)]
    public void The_shipped_lexicon_scores_the_words_of_the_response(LexiconScore score, string response, double expected) =>
        Score(new LexiconRewards(), new LexiconOptions { Score = score }, new TextOutcome("terrible", response, true)).Should()
            .Equal(expected);

    [Fact]
    public void A_lexicon_file_is_read_and_checked()
    {
        File.WriteAllText(At("words.tsv"), "Tenon\t2.5\n\njoint venture\t-1\n");
        Score(new LexiconRewards(), new LexiconOptions { File = "words.tsv" }, new TextOutcome("", "a tenon in a joint venture", true))
            .Should().Equal(1.5);

        File.WriteAllText(At("broken.tsv"), "fine\t1\nbroken 2\n");
        Opening("broken.tsv").Should().Throw<DataException>().WithMessage("*broken.tsv:2: 'broken 2' is not a word and a value*");
        File.WriteAllText(At("empty.tsv"), "\n");
        Opening("empty.tsv").Should().Throw<DataException>().WithMessage("*has no words*");
        Opening("missing.tsv").Should().Throw<DataException>().WithMessage("The word list * does not exist*");

        Action Opening(string file) => () => new LexiconRewards().Open(new LexiconOptions { File = file }, Context(null));
    }

    [Theory]
    [InlineData(LengthUnit.Words, null, 3)]
    [InlineData(LengthUnit.Characters, null, 13)]
    [InlineData(LengthUnit.Words, 4, -0.25)]
    [InlineData(LengthUnit.Words, 3, 0)]
    public void Lengths_are_counted(LengthUnit unit, int? target, double expected) =>
        Score(new LengthRewards(), new LengthOptions { Unit = unit, Target = target }, new TextOutcome("p", "one two three", true)).Should()
            .Equal(expected);

    [Fact]
    public void Patterns_are_matched()
    {
        TextOutcome[] texts = [new("", "Yes, yes", true), new("yes", "no", true)];

        Score(new RegexRewards(), new RegexOptions { Pattern = "yes" }, texts).Should().Equal(1, 0);
        Score(new RegexRewards(), new RegexOptions { Pattern = "yes", Count = true, IgnoreCase = true }, texts).Should().Equal(2, 0);
    }

    [Fact]
    public void Bright_images_score_high() => Score(
        new BrightnessRewards(), new BrightnessOptions(), new ImageOutcome(new ImagePixels(1, 2, 1, new byte[] { 0, 255 }), null)).Should()
            .Equal(0.5);

    [Fact]
    public void Choices_are_right_or_wrong()
    {
        Score(new AccuracyRewards(), new AccuracyOptions(), new ChoiceOutcome(1, "b", 1), new ChoiceOutcome(0, "a", 1)).Should()
            .Equal(1, 0);
        Action unknown = () => Score(new AccuracyRewards(), new AccuracyOptions(), new ChoiceOutcome(1, "b", null));
        unknown.Should().Throw<ModelException>().WithMessage("*has no label*");
    }

    [Fact]
    public void A_reward_model_scores_prompt_and_response()
    {
        using GptClassifier model = RlhfRun.RewardModel();
        var outcome = new TextOutcome("ab", "cd", true);

        double found = Score(new RewardModelRewards(), new RewardModelOptions { From = "m" }, model, outcome).Single();

        using var untracked = torch.no_grad();
        using Batch batch = model.Collate([outcome], new CollateContext(new SeededRandom(1), false, RlhfRun.Tokenizer));
        using Tensor expected = model.Rewards(batch);
        found.Should().BeApproximately(expected[0].item<float>(), 1e-6);
        Action language = () => Score(new RewardModelRewards(), new RewardModelOptions { From = "m" }, RlhfRun.Policy(), outcome);
        language.Should().Throw<ModelException>().WithMessage("*is a GptModel, not a reward model*");
    }

    [Fact]
    public void A_classifier_scores_a_class()
    {
        var architecture = new GptClassifierArchitecture();
        GptClassifierOptions options = architecture.Resolve(new GptClassifierOptions
        {
            Layers = 1,
            HiddenSize = 16,
            Heads = 2,
            ContextLength = 24
        }, RlhfRun.Facts("bad", "good"));
        var outcome = new TextOutcome("ab", "cd", true);

        double[] good = [.. Enum.GetValues<ClassifierScore>().Select(score => Of("good", score))];
        double bad = Of("bad", ClassifierScore.Probability);

        (good[0] + bad).Should().BeApproximately(1, 1e-6);
        Math.Exp(good[1]).Should().BeApproximately(good[0], 1e-6);
        Action wrong = () => Of("fine", ClassifierScore.Logit);
        wrong.Should().Throw<ModelException>().WithMessage("*has no class 'fine'. Its classes: bad, good.");

        double Of(string label, ClassifierScore score)
        {
            using (torch.manual_seed(2))
            {
                return Score(new ClassifierRewards(), new ClassifierOptions { From = "m", Label = label, Score = score },
                    architecture.Build(options, new BuildContext(torch.CPU, new Autocast())), outcome).Single();
            }
        }
    }

    private string At(string file) => Path.Combine(_folder.FullName, file);

    private RewardContext Context(IModel? model) => new(_folder.FullName, new OneModel(model));

    private IReadOnlyList<double> Score<TOptions, TOutcome>(IRewardFactory<TOptions, TOutcome> factory, TOptions options,
        params TOutcome[] outcomes)
        where TOptions : class, new() where TOutcome : Outcome => factory.Open(options, Context(null)).Score(outcomes);

    private IReadOnlyList<double> Score<TOptions, TOutcome>(IRewardFactory<TOptions, TOutcome> factory, TOptions options, IModel model,
        params TOutcome[] outcomes)
        where TOptions : class, new() where TOutcome : Outcome => factory.Open(options, Context(model)).Score(outcomes);

    private sealed class OneModel(IModel? model) : IModelOpener, IOpenedModel
    {
        public IModel Model => model!;

        public ITokenizer Tokenizer => RlhfRun.Tokenizer;

        public IOpenedModel Open(string folder) => this;

        public void Dispose()
        {
        }
    }
}
