namespace Tenon.Host.Evaluation;

/// <summary>The confusion matrix of a classifier and the metrics derived from it.</summary>
public sealed class ConfusionMatrix
{
    private readonly long[,] _counts;

    /// <summary>An empty matrix.</summary>
    /// <param name="labels">Names of the classes in the order of their indices, at least one.</param>
    public ConfusionMatrix(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfZero(labels.Count, nameof(labels));
        Labels = labels;
        _counts = new long[labels.Count, labels.Count];
    }

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Number of examples counted.</summary>
    public long Examples { get; private set; }

    /// <summary>Accuracy; NaN without examples.</summary>
    public double Accuracy => Labels.Index().Sum(label => _counts[label.Index, label.Index]) / (double)Examples;

    /// <summary>
    /// Macro-F1: the unweighted mean F1 over the classes. Classes that are neither the label nor the prediction of any example
    /// are omitted.
    /// </summary>
    public double MacroF1 => Labels.Index()
        .Where(label => Actual(label.Index) + Predicted(label.Index) > 0)
        .Select(label => F1(label.Index)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Number of examples with a label and a prediction.</summary>
    /// <param name="label">The label.</param>
    /// <param name="predicted">The class that was predicted.</param>
    public long this[int label, int predicted] => _counts[label, predicted];

    /// <summary>Counts an example.</summary>
    /// <param name="label">The label.</param>
    /// <param name="predicted">The class that was predicted.</param>
    public void Add(int label, int predicted)
    {
        _counts[label, predicted]++;
        Examples++;
    }

    /// <summary>Returns the number of examples with a label.</summary>
    /// <param name="label">The class.</param>
    public long Actual(int label) => Labels.Index().Sum(other => _counts[label, other.Index]);

    /// <summary>Returns the number of examples with a prediction.</summary>
    /// <param name="label">The class.</param>
    public long Predicted(int label) => Labels.Index().Sum(other => _counts[other.Index, label]);

    /// <summary>Precision of a class; 0 if it is never predicted.</summary>
    /// <param name="label">The class.</param>
    public double Precision(int label) => Share(_counts[label, label], Predicted(label));

    /// <summary>Recall of a class; 0 if it has no examples.</summary>
    /// <param name="label">The class.</param>
    public double Recall(int label) => Share(_counts[label, label], Actual(label));

    /// <summary>F1 of a class: harmonic mean of precision and recall; 0 if both are 0.</summary>
    /// <param name="label">The class.</param>
    public double F1(int label) => Share(2 * _counts[label, label], Actual(label) + Predicted(label));

    private static double Share(long part, long whole) => whole == 0 ? 0 : part / (double)whole;
}
