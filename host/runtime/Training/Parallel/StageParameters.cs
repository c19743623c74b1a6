using Tenon.Host.Processes;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The parameters of the stages of a pipeline. Those of a layer are trained by its stage. Parameters outside the layers, such as embeddings
/// and the head, are trained by all stages alike, with the sum of their gradients, so that a head that is the embedding gets both of its
/// gradients. Every process keeps all parameters; between steps, those of other stages are out of date until they are collected. The
/// layers are divided into as many parts as all stages have chunks; the stages take the parts in turn (Narayanan et al. 2021, section 2.2).
/// </summary>
internal sealed class StageParameters
{
    private readonly ICommunicator _stages;
    private readonly Dictionary<nint, int> _owners = [];
    private bool _areCollected = true;

    /// <summary>
    /// Divides the layers, and gives all processes that have the same part of each layer the parameters and buffers of the first one.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="trained">All trained parameters.</param>
    /// <param name="world">The processes.</param>
    /// <exception cref="ModelException">The model has too few layers.</exception>
    public StageParameters(IStaged model, TrainedParameters trained, World world)
    {
        (_stages, All) = (world.Pipeline, trained);
        int layers = model.Layers.Count, parts = _stages.Size * world.Chunks;
        if (layers < parts)
            throw new ModelException($"The model has {(layers == 0 ? "no layers that processes can divide" : $"{layers} layers")}, but " +
                $"parallel:pipeline{(world.Chunks > 1 ? " times parallel:chunks" : "")} is {parts}. Set it to {Math.Max(1, layers)} or " +
                "less.");
        foreach ((int index, nn.Module layer) in model.Layers.Index())
        {
            foreach (Parameter parameter in layer.parameters())
                _owners[parameter.Handle] = PartOf(index) % _stages.Size;
        }

        Chunks = [.. Enumerable.Range(0, world.Chunks).Select(chunk => LayersOf(chunk * _stages.Size + _stages.Rank))];
        Own = trained.Where(parameter => OwnerOf(parameter) is not { } owner || owner == _stages.Rank);
        if (Own.All.Count == 0)
            throw new ModelException($"All layers of stage {_stages.Rank} of the pipeline are frozen, so it has nothing to train. Set " +
                "parallel:pipeline to a smaller number, or train more of the model.");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        foreach (Tensor tensor in trained.All.Select(parameter => (Tensor)parameter.Value).Concat(trained.Buffers.Values))
        {
            _stages.Broadcast(FlatTensor.Of(tensor));
            world.Data.Broadcast(FlatTensor.Of(tensor));
        }

        // Parts whose numbers of layers differ by at most 1.
        int PartOf(int layer) => (int)((long)layer * parts / layers);

        (int First, int Count) LayersOf(int part)
        {
            int first = Enumerable.Range(0, layers).Count(layer => PartOf(layer) < part);
            return (first, Enumerable.Range(0, layers).Count(layer => PartOf(layer) == part));
        }
    }

    /// <summary>All trained parameters.</summary>
    public TrainedParameters All { get; }

    /// <summary>The parameters that this stage trains: those of its layers, and those outside the layers.</summary>
    public TrainedParameters Own { get; }

    /// <summary>The layers of each chunk of this stage: the first one, and their number, at least 1.</summary>
    public IReadOnlyList<(int First, int Count)> Chunks { get; }

    /// <summary>Whether this is the first stage.</summary>
    public bool IsFirst => _stages.Rank == 0;

    /// <summary>Returns the stage that alone trains a parameter; null if all do.</summary>
    /// <param name="parameter">The parameter.</param>
    public int? OwnerOf(NamedParameter parameter) => _owners.TryGetValue(parameter.Value.Handle, out int owner) ? owner : null;

    /// <summary>
    /// Adds up the gradients of the parameters outside the layers. A parameter without a gradient in every stage keeps none.
    /// </summary>
    public void SumShared()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        Parameter[] shared = [.. Own.All.Where(parameter => OwnerOf(parameter) is null).Select(parameter => parameter.Value)];
        if (shared.Length == 0)
            return;
        Tensor has = tensor(Array.ConvertAll(shared, parameter => parameter.grad is null ? 0L : 1));
        _stages.AllReduce(has, Reduction.Maximum);
        foreach ((Parameter parameter, long isAnywhere) in shared.Zip(has.data<long>().ToArray()))
        {
            if (isAnywhere == 0)
                continue;
            Tensor gradient =
                parameter.grad is { } own ? FlatTensor.Ordered(own, parameter) : zeros_like(parameter, requires_grad: false);
            _stages.AllReduce(FlatTensor.Of(gradient));
            parameter.grad = gradient;
        }
    }

    /// <summary>Reports that the optimizer of this stage has updated its parameters.</summary>
    public void Updated() => _areCollected = false;

    /// <summary>
    /// Gives every stage the parameters and averages of all. Does nothing if none were updated since. Called by all stages at the same
    /// time.
    /// </summary>
    /// <param name="averages">The averages by the names of the parameters; null if there are none.</param>
    public void Collect(IReadOnlyDictionary<string, Tensor>? averages)
    {
        if (_areCollected)
            return;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        foreach (NamedParameter parameter in All.All)
        {
            if (OwnerOf(parameter) is not { } owner)
                continue;
            _stages.Broadcast(FlatTensor.Of(parameter.Value), owner);
            if (averages is not null)
                _stages.Broadcast(FlatTensor.Of(averages[parameter.Name]), owner);
        }

        _areCollected = true;
    }

    /// <summary>Copies tensors of a stage to the first one.</summary>
    /// <param name="owner">The stage.</param>
    /// <param name="tensor">The tensor of the owner; in the first stage, it is overwritten. Not used in other stages.</param>
    public void Send(int owner, Tensor tensor)
    {
        if (owner == 0)
            return;
        if (_stages.Rank == owner)
            _stages.Send(FlatTensor.Of(tensor), destination: 0);
        else if (_stages.Rank == 0)
            _stages.Receive(FlatTensor.Of(tensor), owner);
    }
}
