namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Names of the host's metrics in <c>metrics.jsonl</c> and TensorBoard.</summary>
internal static class FigureNames
{
    /// <summary>Mean training loss since the last line.</summary>
    public const string Loss = "train/loss";

    /// <summary>2-norm of all gradients before clipping.</summary>
    public const string GradientNorm = "train/gradient_norm";

    /// <summary>The step's learning rate.</summary>
    public const string LearningRate = "train/learning_rate";

    /// <summary>Bytes that each process sends in a step, at least.</summary>
    public const string CommunicationBytes = "train/communication_bytes";

    /// <summary>Mean loss over the validation batches.</summary>
    public const string ValidationLoss = "validation/loss";

    /// <summary>exp(loss) of a causal language model.</summary>
    public const string ValidationPerplexity = "validation/perplexity";

    /// <summary>Accuracy on examples, words or masked tokens.</summary>
    public const string ValidationAccuracy = "validation/accuracy";

    /// <summary>Macro-F1 of a classifier.</summary>
    public const string ValidationMacroF1 = "validation/macro_f1";

    /// <summary>Prefix of metrics of the model that was kept at the end of a run.</summary>
    public const string Best = "best/";

    /// <summary>Loss of the model that was kept, on all validation batches.</summary>
    public const string BestLoss = Best + "loss";

    /// <summary>Accuracy of the model that was kept.</summary>
    public const string BestAccuracy = Best + "accuracy";

    /// <summary>Macro-F1 of the model that was kept.</summary>
    public const string BestMacroF1 = Best + "macro_f1";

    /// <summary>F1 of entities in sequence tagging.</summary>
    public const string ValidationEntityF1 = "validation/entity_f1";

    /// <summary>Prefix of metrics that depend on the clock.</summary>
    public const string Time = "time/";

    /// <summary>Prefix of the mean scores of a run's rewards.</summary>
    public const string Reward = "reward/";

    /// <summary>Returns whether a strategy or a reward, rather than the host, recorded the metric.</summary>
    /// <param name="name">Name of the metric.</param>
    public static bool IsRecorded(string name) =>
        !new[] { "train/", "validation/", Best, Time }.Any(group => name.StartsWith(group, StringComparison.Ordinal));

    /// <summary>Duration of the run in seconds.</summary>
    public const string Seconds = Time + "seconds";

    /// <summary>Seconds of a step in communication with other processes.</summary>
    public const string CommunicationSeconds = Time + "communication_seconds";

    /// <summary>The share of a step's passes in which a stage of a pipeline waits for others.</summary>
    public const string Bubble = Time + "bubble_share";

    /// <summary>Returns the name of the throughput.</summary>
    /// <param name="unit"><c>tokens</c> or <c>examples</c>.</param>
    public static string Speed(string unit) => $"{Time}{unit}_per_second";
}
