using Tenon.Host.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The parameters of the stages of a pipeline. Those of a layer are trained by its stage. Parameters outside the layers, such as embeddings
/// and the head, are trained by all stages alike, with the sum of their gradients, so that a head that is the embedding gets both of its
/// gradients. Every process keeps all parameters; between steps, those of other stages are out of date until they are collected.
/// </summary>
internal sealed class StageParameters
{
    private readonly ICommunicator _stages;
    private readonly Dictionary<nint, int> _owners = [];
    private bool _areCollected = true;

    /// <summary>Divides the layers, and gives all processes the parameters and buffers of rank 0.</summary>
    /// <param name="model">The model.</param>
    /// <param name="trained">All trained parameters.</param>
    /// <param name="all">All processes.</param>
    /// <param name="stages">The processes of the pipeline, in the order of the stages.</param>
    /// <exception cref="ModelException">The model has too few layers.</exception>
    public StageParameters(IStaged model, TrainedParameters trained, ICommunicator all, ICommunicator stages)
    {
        (_stages, All) = (stages, trained);
        int layers = model.Layers.Count;
        if (layers < stages.Size)
            throw new ModelException($"The model has {(layers == 0 ? "no layers that processes can divide" : $"{layers} layers")}, but " +
                $"parallel:pipeline is {stages.Size}. Set it to {Math.Max(1, layers)} or less.");
        foreach ((int index, nn.Module layer) in model.Layers.Index())
        {
            foreach (Parameter parameter in layer.parameters())
                _owners[parameter.Handle] = StageOf(index, layers, stages.Size);
        }

        First = Start(stages.Rank);
        Count = Start(stages.Rank + 1) - First;
        Own = trained.Where(parameter => OwnerOf(parameter) is not { } owner || owner == stages.Rank);
        if (Own.All.Count == 0)
            throw new ModelException($"The layers {First} … {First + Count - 1} of the model are frozen, so stage {stages.Rank} of the " +
                "pipeline has nothing to train. Set parallel:pipeline to a smaller number, or train more of the model.");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        foreach (Tensor tensor in trained.All.Select(parameter => (Tensor)parameter.Value).Concat(trained.Buffers.Values))
            all.Broadcast(FlatTensor.Of(tensor));

        int Start(int stage) => Enumerable.Range(0, layers).Count(layer => StageOf(layer, layers, stages.Size) < stage);
    }

    /// <summary>All trained parameters.</summary>
    public TrainedParameters All { get; }

    /// <summary>The parameters that this stage trains: those of its layers, and those outside the layers.</summary>
    public TrainedParameters Own { get; }

    /// <summary>The first layer of this stage.</summary>
    public int First { get; }

    /// <summary>Number of layers of this stage, at least 1.</summary>
    public int Count { get; }

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

    /// <summary>Scales the gradients of all stages together so that their 2-norm is at most a maximum.</summary>
    /// <param name="maximum">More than 0; 0 to measure only.</param>
    /// <returns>The norm before, the same in all stages. If it is not finite, the gradients are unchanged.</returns>
    public double Clip(double maximum)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        // Every stage has the gradients of the parameters outside the layers; the first one counts them.
        Tensor squares = tensor((double[])[Own.All.Where(parameter => OwnerOf(parameter) is not null || _stages.Rank == 0)
            .Select(parameter => parameter.Value.grad).OfType<Tensor>().Sum(Square)]);
        _stages.AllReduce(squares);
        double norm = Math.Sqrt(squares.item<double>());
        if (maximum > 0 && double.IsFinite(norm) && norm > maximum)
        {
            // The constant 1e-6 is that of torch.nn.utils.clip_grad_norm_.
            using Scalar factor = maximum / (norm + 1e-6);
            foreach (NamedParameter parameter in Own.All)
                parameter.Value.grad?.mul_(factor);
        }

        return norm;
    }

    /// <summary>Reports that the optimizer of this stage has updated its parameters.</summary>
    public void Updated() => _areCollected = false;

    /// <summary>
    /// Gives every stage the parameters of all. Does nothing if none were updated since. Called by all stages at the same time.
    /// </summary>
    public void Collect()
    {
        if (_areCollected)
            return;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        foreach (NamedParameter parameter in All.All)
        {
            if (OwnerOf(parameter) is { } owner)
                _stages.Broadcast(FlatTensor.Of(parameter.Value), owner);
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

    // Stages whose numbers of layers differ by at most 1.
    private static int StageOf(int layer, int layers, int stages) => (int)((long)layer * stages / layers);

    private static double Square(Tensor gradient)
    {
        double norm = gradient.norm().to(ScalarType.Float64).item<double>();
        return norm * norm;
    }
}
