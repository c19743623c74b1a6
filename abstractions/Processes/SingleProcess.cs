using TorchSharp;

namespace Tenon;

/// <summary>The group of a process that runs alone: every collective returns at once with the tensor's own values.</summary>
public sealed class SingleProcess : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public int LocalRank => 0;

    /// <inheritdoc/>
    public string Engine => "one process";

    /// <inheritdoc/>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public ICommunicator Split(int color, int key) => new SingleProcess { Timeout = Timeout };

    /// <inheritdoc/>
    public IWork StartAllReduce(Tensor tensor, Reduction reduction = Reduction.Sum) => Done.Instance;

    /// <inheritdoc/>
    public IWork StartBroadcast(Tensor tensor, int root = 0) => Done.Instance;

    /// <inheritdoc/>
    public IWork StartAllGather(Tensor output, Tensor input) => Copy(output, input);

    /// <inheritdoc/>
    public IWork StartReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum) => Copy(output, input);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Always: there is no other rank.</exception>
    public IWork StartSend(Tensor tensor, int destination, int tag = 0) => throw NoOther();

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Always: there is no other rank.</exception>
    public IWork StartReceive(Tensor tensor, int source, int tag = 0) => throw NoOther();

    /// <inheritdoc/>
    public void Barrier() { }

    /// <inheritdoc/>
    public void Abort(int exitCode) => Environment.Exit(exitCode);

    /// <inheritdoc/>
    public void Dispose() { }

    private static Done Copy(Tensor output, Tensor input)
    {
        using IDisposable untracked = torch.no_grad();
        using Tensor target = output.view_as(input);
        target.copy_(input);
        return Done.Instance;
    }

    private static InvalidOperationException NoOther() => new("A process that runs alone has no other rank to exchange tensors with.");

    private sealed class Done : IWork
    {
        public static Done Instance { get; } = new();

        public bool Test() => true;

        public void Wait(TimeSpan timeout) { }

        public void Dispose() { }
    }
}
