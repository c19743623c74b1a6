using System.ComponentModel.DataAnnotations;

namespace Tenon.Rewards;

/// <summary>What of a class is the score.</summary>
public enum ClassifierScore
{
    /// <summary>Its probability, in [0, 1].</summary>
    Probability,

    /// <summary>The logarithm of its probability, at most 0.</summary>
    LogProbability,

    /// <summary>Its logit.</summary>
    Logit,
}

/// <summary>Which classifier judges, and by which class.</summary>
public sealed record ClassifierOptions
{
    /// <summary>Folder of a trained classifier of texts or images, relative to the recipe.</summary>
    [Required, Folder]
    public string? From { get; init; }

    /// <summary>The class wanted; null: the one that each image was asked for.</summary>
    public string? Label { get; init; }

    /// <summary>What of the class is the score.</summary>
    public ClassifierScore Score { get; init; } = ClassifierScore.Probability;

    /// <summary>Whether a text is judged together with its prompt.</summary>
    public bool WithPrompt { get; init; } = true;
}

/// <summary>Scores texts and images with a classifier: how probable is the class wanted.</summary>
[Reward("classifier", "The probability that a trained classifier gives to a class, of texts and images", TestSettings = ["from=model", "label=left"])]
public sealed class ClassifierRewards : IRewardFactory<ClassifierOptions, Outcome>
{
    /// <inheritdoc/>
    public IReward<Outcome> Open(ClassifierOptions options, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        JudgeModel judge = JudgeModel.Open(options.From!, context);
        try
        {
            if (judge.Model is not IClassifier { Labels: { Count: > 0 } labels } model)
                throw new ModelException($"The model in '{judge.Folder}' has no classes to judge by. Name the folder of a classifier.");
            int wanted = options.Label is { } label ? labels.ToList().IndexOf(label) : -1;
            if (options.Label is not null && wanted < 0)
                throw new ModelException($"The classifier in '{judge.Folder}' has no class '{options.Label}'. Its classes are {string.Join(", ", labels)}.");
            return new ClassifierReward(judge, model, options, wanted < 0 ? null : wanted);
        }
        catch
        {
            judge.Dispose();
            throw;
        }
    }

    private sealed class ClassifierReward(JudgeModel judge, IClassifier model, ClassifierOptions options, int? wanted) : IReward<Outcome>, IDisposable
    {
        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes) => outcomes[0] switch
        {
            TextOutcome when model is ICollate<LabelledTextExample> collate => Of(collate, outcomes.Cast<TextOutcome>(),
                text => new LabelledTextExample(options.WithPrompt ? text.Prompt + text.Response : text.Response, 0), _ => null),
            ImageOutcome when model is ICollate<ImageExample> collate => Of(collate, outcomes.Cast<ImageOutcome>(), image => new ImageExample(image.Image), image => image.Label),
            _ => throw new ModelException($"The classifier in '{judge.Folder}' cannot judge {outcomes[0].GetType().Name}. Use a classifier of what the model makes: texts or images."),
        };

        public void Dispose() => judge.Dispose();

        private double[] Of<TOutcome, TExample>(
            ICollate<TExample> collate, IEnumerable<TOutcome> outcomes, Func<TOutcome, TExample> example, Func<TOutcome, int?> asked) where TExample : Example
        {
            TOutcome[] all = [.. outcomes];
            return judge.Judge<TExample>(collate.Collate, [.. all.Select(example)], Scores, (index, row) => row[wanted ?? asked(all[index])
                ?? throw new ModelException("The classifier was given no 'label', and the outcome was asked for no class. Set the reward's 'label'.")]);
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
