using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training;

/// <summary>
/// A small network with dropout, and with batch normalization if asked for: enough for everything that the training loop does.
/// </summary>
internal sealed class TinyClassifier : nn.Module, IModel
{
    private readonly Linear input;
    private readonly BatchNorm1d? norm;
    private readonly Dropout dropout;
    private readonly Linear output;

    public TinyClassifier(double dropoutShare = 0.25, long seed = 3, bool normalized = false) : base(nameof(TinyClassifier))
    {
        using Generator generator = manual_seed(seed);
        input = nn.Linear(4, 16);
        norm = normalized ? nn.BatchNorm1d(16) : null;
        dropout = nn.Dropout(dropoutShare);
        output = nn.Linear(16, 3);
        RegisterComponents();
        train();
    }

    public nn.Module Module => this;

    public Tensor Loss(Batch batch)
    {
        Tensor mapped = input.forward(batch[BatchNames.PixelValues]);
        Tensor hidden = dropout.forward(nn.functional.relu(norm?.forward(mapped) ?? mapped));
        return nn.functional.cross_entropy(output.forward(hidden), batch[BatchNames.Labels], ignore_index: BatchNames.Ignored);
    }

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        new Dictionary<string, Tensor>();

    /// <summary>All values in one array, to compare.</summary>
    public float[] Values() =>
        state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => Values(entry.Value)).ToArray();

    public static float[] Values(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor detached = tensor.detach().to(ScalarType.Float32);
        return detached.data<float>().ToArray();
    }
}

/// <summary>Batches that are a function of their index. Every fifth example has no label.</summary>
internal sealed class TinyBatches(int batchSize, long perEpoch = 8, Func<long, Exception?>? failure = null) : IBatchSource
{
    private int made;

    public int BatchSize => batchSize;

    public long BatchesPerEpoch => perEpoch;

    public int Made => Volatile.Read(ref made);

    public Batch Get(long index)
    {
        Interlocked.Increment(ref made);
        if (failure?.Invoke(index) is { } exception)
            throw exception;
        return Rows(index * batchSize, batchSize);
    }

    /// <summary>Examples first … first + count - 1 as one batch.</summary>
    public static Batch Rows(long first, int count)
    {
        var pixels = new float[count * 4];
        var labels = new long[count];
        for (int row = 0; row < count; row++)
        {
            SeededRandom random = new SeededRandom(99).Fork(first + row);
            for (int column = 0; column < 4; column++)
                pixels[row * 4 + column] = (float)random.NextNormal();
            labels[row] = (first + row) % 5 == 4 ? BatchNames.Ignored : pixels[row * 4] > 0 ? 1 : pixels[row * 4 + 1] > 0 ? 2 : 0;
        }

        using Tensor flat = tensor(pixels);
        return new Batch(
            new Dictionary<string, Tensor> { [BatchNames.PixelValues] = flat.reshape(count, 4), [BatchNames.Labels] = tensor(labels) },
            count, labels.Count(label => label != BatchNames.Ignored));
    }
}
