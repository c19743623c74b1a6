using Tenon.Host.Processes;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>The pieces of the parameters that one rank updates, and whose optimizer state it keeps (ZeRO, stages 1 and 2).</summary>
internal sealed class ShardedParameters : IDisposable
{
    private readonly List<(int Bucket, FlatPiece Piece, Parameter Value)> _pieces = [];

    /// <summary>Takes the pieces of this rank.</summary>
    /// <param name="trained">The trained parameters.</param>
    /// <param name="layout">Their division.</param>
    /// <param name="ranks">The ranks.</param>
    /// <exception cref="ModelException">There are too few parameters for the number of ranks.</exception>
    public ShardedParameters(TrainedParameters trained, FlatLayout layout, ICommunicator ranks)
    {
        (Trained, Layout, Ranks) = (trained, layout, ranks);
        if (Enumerable.Range(0, ranks.Size).Any(rank => layout.Buckets.All(bucket => bucket.Pieces[rank].Count == 0)))
            throw new ModelException($"The {trained.All.Sum(parameter => parameter.Value.numel())} trained parameters are too few to " +
                $"divide their optimizer state among {ranks.Size} processes. Set parallel:zero to 0.");
        Dictionary<string, double> multipliers = trained.Groups
            .SelectMany(group => group.Parameters.Select(parameter => (parameter.Name, group.LearningRateMultiplier)))
            .ToDictionary(pair => pair.Name, pair => pair.LearningRateMultiplier, StringComparer.Ordinal);
        using IDisposable untracked = no_grad();
        var named = new List<(double Multiplier, NamedParameter Parameter)>();
        foreach ((int bucket, FlatPiece piece) in layout.Buckets.Index().SelectMany(
            bucket => bucket.Item.Pieces[ranks.Rank].Select(piece => (bucket.Index, piece))))
        {
            NamedParameter whole = trained.All[piece.Parameter];
            var value = new Parameter(Shaped(FlatTensor.Of(whole.Value).narrow(0, piece.Start, piece.Length), piece));
            value.DetachFromDisposeScope();
            _pieces.Add((bucket, piece, value));
            named.Add((multipliers[whole.Name], new NamedParameter(NameOf(piece), value)));
        }

        Groups = [.. named.GroupBy(each => each.Multiplier).Select(
            group => new ParameterGroup([.. group.Select(each => each.Parameter)], group.Key))];
    }

    /// <summary>All trained parameters.</summary>
    public TrainedParameters Trained { get; }

    /// <summary>The division.</summary>
    public FlatLayout Layout { get; }

    /// <summary>The ranks.</summary>
    public ICommunicator Ranks { get; }

    /// <summary>The pieces of this rank, which share the memory of the parameters.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The name of a piece: that of its parameter, and its first element.</summary>
    /// <param name="piece">The piece.</param>
    public string NameOf(FlatPiece piece) => $"{Trained.All[piece.Parameter].Name}@{piece.Start}";

    /// <summary>Whether a parameter has two dimensions or more.</summary>
    /// <param name="parameter">Its index.</param>
    public bool IsMatrix(int parameter) => Trained.All[parameter].Value.dim() >= 2;

    /// <summary>Gives the pieces their gradients.</summary>
    /// <param name="find">
    /// Returns the gradient of a piece in a bucket with an index, as a vector; null for a parameter without one.
    /// </param>
    public void SetGradients(Func<int, FlatPiece, Tensor?> find)
    {
        foreach ((int bucket, FlatPiece piece, Parameter value) in _pieces)
            value.grad = find(bucket, piece) is { } gradient ? Shaped(gradient, piece) : null;
    }

    /// <summary>Copies the pieces of all ranks into the parameters of each.</summary>
    /// <param name="buffer">As long as the longest bucket; overwritten.</param>
    /// <param name="traffic">Counts the communication.</param>
    public void CollectParameters(Tensor buffer, Traffic traffic) => Collect(
        buffer, traffic, unit: 1, _ => true,
        piece => FlatTensor.Of(Trained.All[piece.Parameter].Value).narrow(0, piece.Start, piece.Length),
        parameter => FlatTensor.Of(Trained.All[parameter].Value));

    /// <summary>Collects one number for each element, or for each block of elements, of the pieces of all ranks.</summary>
    /// <param name="buffer">As long as the numbers of the longest bucket, and of their type; overwritten.</param>
    /// <param name="traffic">Counts the communication.</param>
    /// <param name="unit">Elements for each number: 1 or <see cref="FlatLayout.Unit"/>.</param>
    /// <param name="has">Whether a parameter has such numbers.</param>
    /// <param name="own">Returns the numbers of a piece of this rank, as a vector.</param>
    /// <param name="whole">Returns where the numbers of a whole parameter go, as a vector; null if they are not needed.</param>
    public void Collect(
        Tensor buffer, Traffic traffic, long unit, Func<int, bool> has, Func<FlatPiece, Tensor> own, Func<int, Tensor?> whole)
    {
        using IDisposable untracked = no_grad();
        foreach (FlatBucket bucket in Layout.Buckets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor all = buffer.narrow(0, 0, bucket.Length / unit);
            foreach (FlatPiece piece in bucket.Pieces[Ranks.Rank].Where(piece => has(piece.Parameter)))
                all.narrow(0, piece.Offset / unit, Count(piece)).copy_(own(piece));
            long part = bucket.Part / unit;
            Tensor ownPart = all.narrow(0, Ranks.Rank * part, part);
            traffic.Measure(all.numel() * all.ElementSize, () => Ranks.AllGather(all, ownPart));
            foreach (FlatPiece piece in bucket.Pieces.SelectMany(pieces => pieces).Where(piece => has(piece.Parameter)))
                whole(piece.Parameter)?.narrow(0, piece.Start / unit, Count(piece))
                    .copy_(all.narrow(0, piece.Offset / unit, Count(piece)));
        }

        long Count(FlatPiece piece) => (piece.Length + unit - 1) / unit;
    }

    /// <summary>Frees the pieces; the parameters are kept.</summary>
    public void Dispose()
    {
        foreach ((_, _, Parameter value) in _pieces)
            value.Dispose();
    }

    // Weight decay applies to what has two dimensions.
    private Tensor Shaped(Tensor part, FlatPiece piece) => IsMatrix(piece.Parameter) ? part.unsqueeze(0) : part;
}
