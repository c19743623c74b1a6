using System.ComponentModel.DataAnnotations;

namespace Tenon.Rewards;

/// <summary>Which value of the class is the score.</summary>
public enum ClassifierScore
{
    /// <summary>Its probability, in [0, 1].</summary>
    Probability,

    /// <summary>The logarithm of its probability, at most 0.</summary>
    LogProbability,

    /// <summary>Its logit.</summary>
    Logit,
}

/// <summary>The classifier that scores, and the class it scores by.</summary>
public sealed record ClassifierOptions
{
    /// <summary>Folder of a trained text or image classifier, relative to the recipe.</summary>
    [Required, Folder]
    public string? From { get; init; }

    /// <summary>The desired class. Defaults to the class that each image was generated for.</summary>
    public string? Label { get; init; }

    /// <summary>Which value of the class is the score.</summary>
    public ClassifierScore Score { get; init; } = ClassifierScore.Probability;

    /// <summary>Whether to score a text together with its prompt.</summary>
    public bool WithPrompt { get; init; } = true;
}

/// <summary>Scores texts and images by the probability that a classifier assigns to the desired class.</summary>
[Reward("classifier", "The probability of a class under a trained text or image classifier", TestSettings = ["from=model", "label=left"])]
public sealed class ClassifierRewards : IRewardFactory<ClassifierOptions, Outcome>
{
    /// <inheritdoc/>
    public IReward<Outcome> Open(ClassifierOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ScoringModel scorer = ScoringModel.Open(options.From!, context);
        try
        {
            if (scorer.Model is not IClassifier { Labels: { Count: > 0 } labels } model)
                throw new ModelException(
                    $"The model in '{scorer.Folder}' has no classes to score by. Set 'from' to the folder of a classifier.");
            int wanted = options.Label is { } label ? labels.ToList().IndexOf(label) : -1;
            if (options.Label is not null && wanted < 0)
                throw new ModelException(
                    $"The classifier in '{scorer.Folder}' has no class '{options.Label}'. Its classes: {string.Join(", ", labels)}.");
            return new ClassifierReward(scorer, model, options, wanted < 0 ? null : wanted);
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    private sealed class ClassifierReward(
        ScoringModel scorer, IClassifier model, ClassifierOptions options, int? wanted) : IReward<Outcome>, IDisposable
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => outcomes[0] switch
        {
            TextOutcome when model is ICollate<LabelledTextExample> collate => Of(collate, outcomes.Cast<TextOutcome>(),
                text => new LabelledTextExample(options.WithPrompt ? text.Prompt + text.Response : text.Response, 0), _ => null),
            ImageOutcome when model is ICollate<ImageExample> collate =>
                Of(collate, outcomes.Cast<ImageOutcome>(), image => new ImageExample(image.Image), image => image.Label),
            _ => throw new ModelException(
                $"The classifier in '{scorer.Folder}' cannot score {outcomes[0].GetType().Name}. Use a classifier of the model's " +
                "outputs: texts or images."),
        };

        public void Dispose() => scorer.Dispose();

        private double[] Of<TOutcome, TExample>(
            ICollate<TExample> collate, IEnumerable<TOutcome> outcomes, Func<TOutcome, TExample> example,
            Func<TOutcome, int?> asked) where TExample : Example
        {
            TOutcome[] all = [.. outcomes];
            return scorer.Score<TExample>(collate.Collate, [.. all.Select(example)], Scores, (index, row) => row[wanted ?? asked(all[index])
                ?? throw new ModelException(
                    "The reward has no 'label', and the outcome was not generated for a class. Set the reward's 'label'.")]);
        }

        private Tensor Scores(Batch batch)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor logits = model.ClassLogits(batch); // [B, classes]
            return (options.Score switch
            {
                ClassifierScore.Probability => logits.softmax(-1),
                ClassifierScore.LogProbability => logits.log_softmax(-1),
                _ => logits.alias(),
            }).MoveToOuterDisposeScope();
        }
    }
}
