namespace Tenon.Host.Evaluation;

/// <summary>How often each class was taken for which, and the figures that follow from it.</summary>
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

    /// <summary>Examples counted.</summary>
    public long Examples { get; private set; }

    /// <summary>Share of the examples whose class was predicted; not a number without examples.</summary>
    public double Accuracy => Labels.Index().Sum(label => _counts[label.Index, label.Index]) / (double)Examples;

    /// <summary>
    /// Mean F1 of the classes, each counting the same however many examples it has. Classes that are neither the label
    /// nor the prediction of any example are left out.
    /// </summary>
    public double MacroF1 => Labels.Index()
        .Where(label => Actual(label.Index) + Predicted(label.Index) > 0)
        .Select(label => F1(label.Index)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Examples of one class that were taken for another, or for itself.</summary>
    /// <param name="label">The class that they have.</param>
    /// <param name="predicted">The class that was predicted.</param>
    public long this[int label, int predicted] => _counts[label, predicted];

    /// <summary>Counts an example.</summary>
    /// <param name="label">The class that it has.</param>
    /// <param name="predicted">The class that was predicted.</param>
    public void Add(int label, int predicted)
    {
        _counts[label, predicted]++;
        Examples++;
    }

    /// <summary>Examples of a class.</summary>
    /// <param name="label">The class.</param>
    public long Actual(int label) => Labels.Index().Sum(other => _counts[label, other.Index]);

    /// <summary>Examples that were taken for a class.</summary>
    /// <param name="label">The class.</param>
    public long Predicted(int label) => Labels.Index().Sum(other => _counts[other.Index, label]);

    /// <summary>Share of the examples taken for a class that have it; 0 when there are none.</summary>
    /// <param name="label">The class.</param>
    public double Precision(int label) => Share(_counts[label, label], Predicted(label));

    /// <summary>Share of the examples of a class that were taken for it; 0 when there are none.</summary>
    /// <param name="label">The class.</param>
    public double Recall(int label) => Share(_counts[label, label], Actual(label));

    /// <summary>Harmonic mean of precision and recall of a class; 0 when both are.</summary>
    /// <param name="label">The class.</param>
    public double F1(int label) => Share(2 * _counts[label, label], Actual(label) + Predicted(label));

    private static double Share(long part, long whole) => whole == 0 ? 0 : part / (double)whole;
}
