using Tenon.Host.Models;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Counts a model's predictions on labelled batches: classes of examples or words, or masked tokens. Batches with other labels are
/// not counted: a model that could classify but is trained on something else has no predictions.
/// </summary>
internal sealed class Predictions
{
    private long _hidden;
    private long _right;

    /// <summary>The confusion matrix; null without classes.</summary>
    public ConfusionMatrix? Classes { get; private set; }

    /// <summary>Entity metrics if the classes are BIO tags; otherwise null.</summary>
    public EntityCounts? Entities { get; private set; }

    /// <summary>Accuracy on classes or masked tokens; null without labels.</summary>
    public double? Accuracy => Classes?.Accuracy ?? (_hidden > 0 ? _right / (double)_hidden : null);

    /// <summary>Counts a batch.</summary>
    /// <param name="model">In eval mode.</param>
    /// <param name="batch">Not disposed.</param>
    public void Add(IModel model, Batch batch)
    {
        if (batch.Find(BatchNames.Labels) is not { } labels)
            return;
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        if (Capability.Of(model).Select(capability => capability.Prediction)
            .FirstOrDefault(made => made?.Dimensions == labels.ndim) is not { } prediction)
            return;
        Tensor predicted = prediction.Of(model, batch);
        if (prediction.Label == PredictedLabel.Class)
            AddClasses(Capability.ClassesOf(model), Numbers(labels), Numbers(predicted));
        else if (prediction.Label == PredictedLabel.Tag)
            AddTags(Capability.ClassesOf(model), labels, predicted);
        else
            AddHidden(Numbers(labels), Numbers(predicted));
    }

    private void AddClasses(IReadOnlyList<string> names, long[] labels, long[] predicted)
    {
        Classes ??= new ConfusionMatrix(names);
        foreach ((long label, long prediction) in labels.Zip(predicted))
        {
            if (label != BatchNames.Ignored)
                Classes.Add((int)label, (int)prediction);
        }
    }

    private void AddTags(IReadOnlyList<string> names, Tensor labels, Tensor predicted)
    {
        int length = (int)labels.size(1);
        if (EntityCounts.AreEntityTags(names))
            Entities ??= new EntityCounts();
        foreach ((long[] actual, long[] found) in Numbers(labels).Chunk(length).Zip(Numbers(predicted).Chunk(length)))
        {
            AddClasses(names, actual, found);
            (string Actual, string Found)[] words = [.. actual.Zip(found).Where(word => word.First != BatchNames.Ignored)
                .Select(word => (names[(int)word.First], names[(int)word.Second]))];
            Entities?.Add([.. words.Select(word => word.Actual)], [.. words.Select(word => word.Found)]);
        }
    }

    private void AddHidden(long[] labels, long[] predicted)
    {
        long[] targets = [.. labels.Where(label => label != BatchNames.Ignored)];
        _hidden += targets.Length;
        _right += targets.Zip(predicted).LongCount(pair => pair.First == pair.Second);
    }

    private static long[] Numbers(Tensor tensor) => tensor.cpu().contiguous().data<long>().ToArray();
}
