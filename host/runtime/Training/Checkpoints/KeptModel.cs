using Tenon.Host.Artifacts;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>
/// A copy of everything in a model that training changes, made at the step of its best validation. Owns the copies.
/// </summary>
internal sealed class KeptModel : IDisposable
{
    private readonly List<(Tensor Live, Tensor Copy)> pairs = [];

    /// <summary>Returns whether a checkpoint's folder contains a best model.</summary>
    /// <param name="checkpoint">The folder.</param>
    public static bool IsIn(string checkpoint) => Directory.EnumerateFiles(checkpoint, CheckpointFolders.BestPrefix + "*").Any();

    /// <summary>Copies live tensors.</summary>
    /// <param name="live">Tensors by file and name, from <see cref="TrainedState.Weights"/>. Not disposed.</param>
    public KeptModel(IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> live)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable untracked = no_grad();
        var files = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(StringComparer.Ordinal);
        foreach ((string file, IReadOnlyDictionary<string, Tensor> tensors) in live)
        {
            var copies = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            foreach ((string name, Tensor tensor) in tensors)
            {
                Tensor copy = tensor.detach().clone().DetachFromDisposeScope();
                pairs.Add((tensor, copy));
                copies.Add(name, copy);
            }

            files.Add(CheckpointFolders.BestPrefix + file, copies);
        }

        Files = files;
    }

    /// <summary>
    /// The copies by file and name, for checkpoints: live tensors owned by this object. While swapped in, these are the model's
    /// values.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Files { get; }

    /// <summary>Copies the model's current values.</summary>
    public void Take()
    {
        using IDisposable untracked = no_grad();
        foreach ((Tensor live, Tensor copy) in pairs)
            copy.copy_(live);
    }

    /// <summary>
    /// Swaps the copies into the model until the returned object is disposed, which restores the model's own values.
    /// </summary>
    public IDisposable SwapIn()
    {
        Exchange();
        return new SwapBack(Exchange);
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        foreach ((_, Tensor copy) in pairs)
            copy.Dispose();
    }

    private void Exchange()
    {
        foreach ((Tensor live, Tensor copy) in pairs)
            SwapBack.Exchange(live, copy);
    }
}
