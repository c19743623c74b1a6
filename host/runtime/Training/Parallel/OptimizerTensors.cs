using Tenon.Host.Processes;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The state of an optimizer as checkpoints store it: by the names and shapes of whole parameters, so that a run resumes with any
/// number of processes. If the processes divide the state, these are copies, which the caller disposes.
/// </summary>
internal sealed class OptimizerTensors : IDisposable
{
    private readonly ShardedParameters? _shards;
    private readonly IOptimizer _optimizer;
    private readonly IReadOnlyList<StateTensor> _layout;
    private readonly Dictionary<string, Tensor> _whole = new(StringComparer.Ordinal);
    private Dictionary<string, Tensor>? _ofStages;

    private OptimizerTensors(IOptimizer optimizer, IReadOnlyList<StateTensor> layout, ShardedParameters? shards) =>
        (_optimizer, _layout, _shards) = (optimizer, layout, shards);

    /// <summary>The tensors by name. Live if the state is not divided.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _ofStages ?? OfStage;

    private IReadOnlyDictionary<string, Tensor> OfStage => _shards is null ? _optimizer.State : _whole;

    /// <summary>Returns tensors to read a checkpoint into.</summary>
    /// <param name="optimizer">The optimizer of this process.</param>
    /// <param name="layout">The state of a parameter.</param>
    /// <param name="shards">The divided parameters; null if they are not divided.</param>
    /// <param name="stages">The parameters of all stages; null without stages.</param>
    public static OptimizerTensors ToRead(
        IOptimizer optimizer, IReadOnlyList<StateTensor> layout, ShardedParameters? shards, StageParameters? stages)
    {
        var state = new OptimizerTensors(optimizer, layout, shards);
        if (shards is not null)
            state.Allocate(shards);
        if (stages is not null)
            state.AddOtherStages(stages);
        return state;
    }

    /// <summary>
    /// Returns the current state: that of the stage in the processes that need it, and that of all stages in those of the first stage.
    /// Called by all processes at the same time.
    /// </summary>
    /// <param name="optimizer">The optimizer of this process.</param>
    /// <param name="layout">The state of a parameter.</param>
    /// <param name="shards">The divided parameters; null if they are not divided.</param>
    /// <param name="stages">The parameters of all stages; null without stages.</param>
    /// <param name="isNeeded">Whether the tensors are needed in this process; the same in all stages.</param>
    public static OptimizerTensors Collect(
        IOptimizer optimizer, IReadOnlyList<StateTensor> layout, ShardedParameters? shards, StageParameters? stages, bool isNeeded)
    {
        var state = new OptimizerTensors(optimizer, layout, shards);
        if (shards is not null)
        {
            if (isNeeded)
                state.Allocate(shards);
            foreach (StateTensor what in layout)
                state.Collect(shards, what);
        }

        if (stages is null || !isNeeded)
            return state;
        if (stages.IsFirst)
            state.AddOtherStages(stages);
        foreach ((NamedParameter parameter, StateTensor what) in state.OfAll(stages))
        {
            if (stages.OwnerOf(parameter) is { } owner && (stages.IsFirst || state.Tensors.ContainsKey(Name(parameter, what))))
                stages.Send(owner, state.Tensors[Name(parameter, what)]);
        }

        return state;
    }

    /// <summary>Copies what was read into the optimizer's state.</summary>
    public void TakeOver()
    {
        if (_shards is not { } shards)
            return;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        foreach (StateTensor what in _layout)
        {
            foreach (FlatPiece piece in Own(shards, what))
            {
                Tensor whole = _whole[Name(shards, piece.Parameter, what)], own = OwnState(shards, piece, what);
                own.copy_((what.Kind == StateShape.Counter ? whole
                    : FlatTensor.Of(whole).narrow(0, piece.Start / UnitOf(what), own.numel())).reshape(own.shape));
            }
        }
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _whole.Values)
            tensor.Dispose();
    }

    // Allocates the state that other stages have.
    private void AddOtherStages(StageParameters stages)
    {
        using IDisposable untracked = no_grad();
        Dictionary<string, Tensor> all = OfStage.ToDictionary(StringComparer.Ordinal);
        foreach ((NamedParameter parameter, StateTensor what) in OfAll(stages))
        {
            string name = Name(parameter, what);
            if (all.ContainsKey(name))
                continue;
            all.Add(name, what.Zero(parameter.Value).DetachFromDisposeScope());
            _whole.Add(name, all[name]);
        }

        _ofStages = all;
    }

    private IEnumerable<(NamedParameter Parameter, StateTensor What)> OfAll(StageParameters stages) => stages.All.All.SelectMany(
        parameter => _layout.Where(what => what.Applies(parameter.Value.dim() >= 2)).Select(what => (parameter, what)));

    private void Collect(ShardedParameters shards, StateTensor what)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        Device device = shards.Trained.All[0].Value.device;
        ScalarType type = what.Type(shards.Trained.All[0].Value.dtype);
        if (what.Kind == StateShape.Counter)
        {
            Tensor counts = zeros([shards.Trained.All.Count], ScalarType.Float32);
            foreach (FlatPiece piece in Own(shards, what))
                counts[piece.Parameter] = OwnState(shards, piece, what).cpu();
            shards.Ranks.AllReduce(counts, Reduction.Maximum);
            for (int parameter = 0; parameter < shards.Trained.All.Count; parameter++)
                Find(shards, parameter, what)?.copy_(counts[parameter]);
            return;
        }

        Tensor buffer = zeros([shards.Layout.Longest / UnitOf(what)], type, device);
        shards.Collect(
            buffer, new Traffic(shards.Ranks.Size), UnitOf(what), parameter => what.Applies(shards.IsMatrix(parameter)),
            piece => OwnState(shards, piece, what).view(-1),
            parameter => Find(shards, parameter, what) is { } whole ? FlatTensor.Of(whole) : null);
    }

    private void Allocate(ShardedParameters shards)
    {
        foreach ((int index, NamedParameter parameter) in shards.Trained.All.Index())
        {
            foreach (StateTensor what in _layout.Where(what => what.Applies(shards.IsMatrix(index))))
                _whole.Add(Name(shards, index, what), what.Zero(parameter.Value).DetachFromDisposeScope());
        }
    }

    private Tensor? Find(ShardedParameters shards, int parameter, StateTensor what) =>
        _whole.GetValueOrDefault(Name(shards, parameter, what));

    private static IEnumerable<FlatPiece> Own(ShardedParameters shards, StateTensor what) => shards.Layout.Buckets
        .SelectMany(bucket => bucket.Pieces[shards.Ranks.Rank]).Where(piece => what.Applies(shards.IsMatrix(piece.Parameter)));

    private Tensor OwnState(ShardedParameters shards, FlatPiece piece, StateTensor what) =>
        _optimizer.State[$"{shards.NameOf(piece)}.{what.Name}"];

    private static string Name(ShardedParameters shards, int parameter, StateTensor what) => Name(shards.Trained.All[parameter], what);

    private static string Name(NamedParameter parameter, StateTensor what) => $"{parameter.Name}.{what.Name}";

    private static long UnitOf(StateTensor what) => what.Kind == StateShape.BlocksOfMatrix ? FlatLayout.Unit : 1;
}
