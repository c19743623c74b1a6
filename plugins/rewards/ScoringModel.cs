namespace Tenon.Rewards;

/// <summary>A model opened from a folder that scores outcomes in batches, without gradients. Owns the model.</summary>
internal sealed class ScoringModel : IDisposable
{
    private const int ChunkSize = 32;
    private readonly IOpenedModel _opened;

    private ScoringModel(IOpenedModel opened, string folder) => (_opened, Folder) = (opened, folder);

    /// <summary>The folder that it was opened from.</summary>
    public string Folder { get; }

    /// <summary>The model.</summary>
    public IModel Model => _opened.Model;

    /// <summary>Opens a folder.</summary>
    /// <param name="from">The folder as written in the recipe.</param>
    /// <param name="context">Resolves paths and opens models.</param>
    public static ScoringModel Open(string from, RewardContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string folder = Path.GetFullPath(from, context.BaseDirectory);
        return new ScoringModel(context.Models.Open(folder), folder);
    }

    /// <summary>One score per example.</summary>
    /// <param name="collate">Creates batches.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="forward">Maps a batch to a tensor whose first dimension is the example.</param>
    /// <param name="read">Maps the index of an example and its row to its score.</param>
    public double[] Score<TExample>(
        Func<IReadOnlyList<TExample>, CollateContext, Batch> collate, IReadOnlyList<TExample> examples, Func<Batch, Tensor> forward,
        Func<int, float[], double> read)
    {
        using var untracked = torch.no_grad();
        var scores = new List<double>(examples.Count);
        torch.Device device = Model.Module.parameters().First().device;
        foreach (TExample[] part in examples.Chunk(ChunkSize))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = collate(part, new CollateContext(new SeededRandom(0), Training: false, _opened.Tokenizer)).To(device);
            Tensor rows = forward(batch).to(torch.ScalarType.Float32).cpu();
            foreach (float[] row in rows.reshape(part.Length, -1).data<float>().ToArray().Chunk((int)(rows.numel() / part.Length)))
                scores.Add(read(scores.Count, row));
        }

        return [.. scores];
    }

    /// <summary>Disposes the model.</summary>
    public void Dispose() => _opened.Dispose();
}
