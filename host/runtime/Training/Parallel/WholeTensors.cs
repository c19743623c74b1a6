using Tenon.Host.Artifacts;
using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Parallel;

/// <summary>
/// The tensors of a run as its files store them: whole, although each of the processes that divide the layers has only a part of some. A
/// run therefore resumes with any number of them.
/// </summary>
/// <param name="ranks">The processes that divide the layers.</param>
/// <param name="divisions">How parameters are divided, by name; also of the state that the optimizer keeps for them.</param>
internal sealed class WholeTensors(ICommunicator ranks, IReadOnlyDictionary<string, TensorDivision> divisions)
{
    /// <summary>Tensors that no other process has a part of.</summary>
    public static WholeTensors Own { get; } = new(new SingleProcess(), new Dictionary<string, TensorDivision>());

    /// <summary>Describes the weights of a model.</summary>
    /// <param name="model">The model, whose layers may be divided.</param>
    /// <param name="ranks">The processes that divide them.</param>
    public static WholeTensors Of(IModel model, ICommunicator ranks) =>
        model is IDividesLayers { Divisions: var divisions } ? new WholeTensors(ranks, divisions) : Own;

    /// <summary>Collects the weights of a model. Called by all processes that divide its layers at the same time.</summary>
    /// <param name="module">The model.</param>
    /// <param name="write">Called with the whole weights in the process that writes them.</param>
    /// <param name="isWriter">Whether this process writes them.</param>
    public void Write(nn.Module module, Action<IReadOnlyDictionary<string, Tensor>> write, bool isWriter)
    {
        const string Weights = "weights";
        using CollectedFiles collected = Collect(
            new Dictionary<string, IReadOnlyDictionary<string, Tensor>> { [Weights] = SharedTensors.Once(module) }, isWriter);
        if (isWriter)
            write(collected.Files[Weights]);
    }

    /// <summary>Returns the shape of a tensor in a file.</summary>
    /// <param name="name">Its name there.</param>
    /// <param name="own">The tensor of this process.</param>
    public long[] ShapeOf(string name, Tensor own) => DivisionOf(name, own)?.WholeShape(own.shape) ?? own.shape;

    /// <summary>
    /// Collects the divided tensors in the process that writes them. Called by all processes that divide the layers at the same time.
    /// </summary>
    /// <param name="files">Named tensors by file.</param>
    /// <param name="isWriter">Whether this process writes them.</param>
    /// <returns>The same files. The caller disposes the result.</returns>
    public CollectedFiles Collect(IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> files, bool isWriter)
    {
        List<Tensor> copies = [];
        var whole = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(StringComparer.Ordinal);
        foreach ((string file, IReadOnlyDictionary<string, Tensor> tensors) in files)
        {
            whole.Add(file, tensors.ToDictionary(
                entry => entry.Key, entry => DivisionOf(entry.Key, entry.Value) is { } division
                    ? Collect(entry.Value, division, isWriter, copies) : entry.Value, StringComparer.Ordinal));
        }

        return new CollectedFiles(whole, copies);
    }

    /// <summary>Reads a tensor, or the part of this process.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The name there.</param>
    /// <param name="own">Receives the values.</param>
    public void Read(SafetensorsFile file, string name, Tensor own)
    {
        if (DivisionOf(name, own) is not { } division)
        {
            file.ReadInto(name, own);
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        own.copy_(division.Take(file.Read(name), ranks.Rank, ranks.Size));
    }

    // Numbers that count something, and others that are not for each element, are the same in all processes.
    private TensorDivision? DivisionOf(string name, Tensor own)
    {
        if (divisions.Count == 0 || own.ndim == 0)
            return null;
        return divisions.TryGetValue(name, out TensorDivision? division) ? division
            : name.LastIndexOf('.') is > 0 and var end ? divisions.GetValueOrDefault(name[..end]) : null;
    }

    // In the processes that do not write, the result is the tensor of the process.
    private Tensor Collect(Tensor own, TensorDivision division, bool isWriter, List<Tensor> copies)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        long[] shape = division.WholeShape(own.shape);
        Tensor? whole = isWriter ? empty(shape, own.dtype) : null;
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            using DisposeScope one = NewDisposeScope();
            Tensor part = rank == ranks.Rank
                ? own.detach().contiguous() : empty(division.ShapeOf(shape, rank, ranks.Size), own.dtype, own.device);
            ranks.Broadcast(part, rank);
            if (whole is not null)
                division.Put(whole, part, rank, ranks.Size);
        }

        if (whole is null)
            return own;
        copies.Add(whole.DetachFromDisposeScope());
        return whole;
    }
}

/// <summary>Named tensors by file; owns those that were collected from several processes.</summary>
/// <param name="files">The files.</param>
/// <param name="copies">The collected tensors.</param>
internal sealed class CollectedFiles(
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> files, IReadOnlyList<Tensor> copies) : IDisposable
{
    /// <summary>The tensors; whole only in the process that writes them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Files => files;

    /// <summary>Frees the collected tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor copy in copies)
            copy.Dispose();
    }
}
