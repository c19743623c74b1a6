namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Names of the host's own figures in <c>metrics.jsonl</c> and TensorBoard.</summary>
internal static class FigureNames
{
    /// <summary>Mean training loss since the last line.</summary>
    public const string Loss = "train/loss";

    /// <summary>2-norm of all gradients before clipping.</summary>
    public const string GradientNorm = "train/gradient_norm";

    /// <summary>The step's learning rate.</summary>
    public const string LearningRate = "train/learning_rate";

    /// <summary>Mean loss over the validation batches.</summary>
    public const string ValidationLoss = "validation/loss";

    /// <summary>exp of it, of a causal language model.</summary>
    public const string ValidationPerplexity = "validation/perplexity";

    /// <summary>Share of the examples or words whose class was predicted, or of the hidden tokens that were.</summary>
    public const string ValidationAccuracy = "validation/accuracy";

    /// <summary>Mean F1 of the classes, of a classifier.</summary>
    public const string ValidationMacroF1 = "validation/macro_f1";

    /// <summary>The group of figures of the model that was kept, at the end of a run.</summary>
    public const string Best = "best/";

    /// <summary>F1 of entities, of a model that tags their words.</summary>
    public const string ValidationEntityF1 = "validation/entity_f1";

    /// <summary>The group of figures that depend on the clock.</summary>
    public const string Time = "time/";

    /// <summary>The group of the mean scores of a run's rewards.</summary>
    public const string Reward = "reward/";

    /// <summary>Whether a figure is none of the host's own: a strategy or a reward recorded it.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsRecorded(string name) => !new[] { "train/", "validation/", Best, Time }.Any(group => name.StartsWith(group, StringComparison.Ordinal));

    /// <summary>Seconds that the run has taken.</summary>
    public const string Seconds = Time + "seconds";
}
