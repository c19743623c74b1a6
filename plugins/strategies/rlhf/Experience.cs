namespace Tenon.Rlhf;

/// <summary>A rollout and the tensors for learning from it, float32 [B, T] each. Owns both.</summary>
internal sealed class Experience : IDisposable
{
    /// <summary>Takes ownership of its parts.</summary>
    public Experience(Rollout rollout, Tensor values, Tensor advantages, Tensor returns)
    {
        Rollout = rollout;
        Values = values.DetachFromDisposeScope();
        Advantages = advantages.DetachFromDisposeScope();
        Returns = returns.DetachFromDisposeScope();
    }

    /// <summary>The rollout; its log-probabilities are those before the first update.</summary>
    public Rollout Rollout { get; }

    /// <summary>Values of the states before the first update.</summary>
    public Tensor Values { get; }

    /// <summary>Advantages.</summary>
    public Tensor Advantages { get; }

    /// <summary>Returns, the targets of the values.</summary>
    public Tensor Returns { get; }

    /// <summary>A subset of the rows. The caller disposes the result.</summary>
    /// <param name="rows">Their indices.</param>
    public Experience Rows(long[] rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor index = torch.tensor(rows, device: Values.device);
        Tensor mask = Pick(Rollout.Mask);
        using Tensor count = mask.sum().cpu();
        var states = new Batch(
            Rollout.States.Names.Select(name => KeyValuePair.Create(name, Pick(Rollout.States[name]))), rows.Length,
            (long)count.item<float>());
        return new Experience(new Rollout(states, Pick(Rollout.LogProbabilities), mask), Pick(Values), Pick(Advantages), Pick(Returns));

        Tensor Pick(Tensor tensor) => tensor.index_select(0, index);
    }

    /// <summary>Disposes the rollout and the tensors.</summary>
    public void Dispose()
    {
        Rollout.Dispose();
        Values.Dispose();
        Advantages.Dispose();
        Returns.Dispose();
    }
}
