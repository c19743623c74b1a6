using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation;

/// <summary>Counts what a classifier makes of labelled batches.</summary>
internal static class Classified
{
    /// <summary>
    /// An empty matrix for the classes of a model, or null when its batches have no class for each example: a model that
    /// could classify, but learns something else, is none here.
    /// </summary>
    /// <param name="model">Any model.</param>
    /// <param name="batch">One of its batches.</param>
    public static ConfusionMatrix? MatrixFor(IModel model, Batch batch) =>
        model is IClassifier { Labels.Count: >= 2 } classifier && batch.Find(BatchNames.Labels) is { ndim: 1 } ? new ConfusionMatrix(classifier.Labels) : null;

    /// <summary>Counts the examples of a batch that have a label.</summary>
    /// <param name="matrix">Counted into.</param>
    /// <param name="model">In eval mode.</param>
    /// <param name="batch">With <see cref="BatchNames.Labels"/> [B]. Not disposed.</param>
    public static void Add(ConfusionMatrix matrix, IClassifier model, Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        long[] labels = Numbers(batch[BatchNames.Labels]);
        long[] predicted = Numbers(model.ClassLogits(batch).argmax(-1)); // [B, classes] -> [B]
        foreach ((long label, long prediction) in labels.Zip(predicted))
        {
            if (label != BatchNames.Ignored)
                matrix.Add((int)label, (int)prediction);
        }
    }

    private static long[] Numbers(Tensor tensor) => tensor.cpu().data<long>().ToArray();
}
