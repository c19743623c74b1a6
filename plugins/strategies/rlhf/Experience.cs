namespace Tenon.Rlhf;

/// <summary>A rollout and the tensors that a strategy derives from it, such as advantages. Owns both.</summary>
internal sealed class Experience : IDisposable
{
    /// <summary>Log-probabilities before the first update, float32 [B, T].</summary>
    public const string Before = "before";

    /// <summary>Log-probabilities under the reference, float32 [B, T].</summary>
    public const string Reference = "reference";

    /// <summary>Advantages, float32 [B, T] or [B, 1].</summary>
    public const string Advantages = "advantages";

    /// <summary>Values of the states before the first update, float32 [B, T].</summary>
    public const string Values = "values";

    /// <summary>Returns, the targets of the values, float32 [B, T].</summary>
    public const string Returns = "returns";

    private readonly Batch _parts;

    /// <summary>Takes ownership of its parts.</summary>
    /// <param name="rollout">The rollout.</param>
    /// <param name="parts">Tensors by the names above; each has a row for each row of the rollout.</param>
    public Experience(Rollout rollout, IEnumerable<KeyValuePair<string, Tensor>> parts) =>
        (Rollout, _parts) = (rollout, new Batch(parts, rollout.Mask.size(0), rollout.Mask.size(0)));

    /// <summary>The rollout.</summary>
    public Rollout Rollout { get; }

    /// <summary>Number of rows.</summary>
    public long Count => Rollout.Mask.size(0);

    /// <summary>The tensor with a name.</summary>
    /// <param name="name">One of the names above.</param>
    public Tensor this[string name] => _parts[name];

    /// <summary>The tensor with a name, or null.</summary>
    /// <param name="name">One of the names above.</param>
    public Tensor? Find(string name) => _parts.Find(name);

    /// <summary>A subset of the rows. The caller disposes the result.</summary>
    /// <param name="rows">Their indices.</param>
    /// <param name="weighsRows">
    /// Whether the loss is a mean over rows. If false, it is a mean over actions. Minibatches of one update are weighted accordingly.
    /// </param>
    public Experience Rows(long[] rows, bool weighsRows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor index = torch.tensor(rows, device: Rollout.Mask.device);
        Tensor mask = Pick(Rollout.Mask);
        using Tensor count = mask.sum().cpu();
        var states = new Batch(PickAll(Rollout.States), rows.Length, weighsRows ? rows.Length : (long)count.item<float>());
        return new Experience(new Rollout(states, Pick(Rollout.LogProbabilities), mask), PickAll(_parts));

        Tensor Pick(Tensor tensor) => tensor.index_select(0, index);
        KeyValuePair<string, Tensor>[] PickAll(Batch batch) =>
            [.. batch.Names.Select(name => KeyValuePair.Create(name, Pick(batch[name])))];
    }

    /// <summary>Disposes the rollout and the tensors.</summary>
    public void Dispose()
    {
        Rollout.Dispose();
        _parts.Dispose();
    }
}
