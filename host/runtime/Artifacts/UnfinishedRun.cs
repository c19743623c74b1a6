using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>A run that was stopped or is still active; its model is that of the newest checkpoint.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Step">Completed steps at the checkpoint.</param>
/// <param name="Checkpoint">The checkpoint's folder.</param>
internal sealed record UnfinishedRun(string Folder, long Step, string Checkpoint)
{
    /// <summary>A sentence that describes the model that is opened.</summary>
    public string Notice => $"The run in '{Folder}' is not finished: this is its model after step {Step}, from its newest checkpoint.";

    /// <summary>
    /// Finds the unfinished run in a folder; null if the folder does not belong to a run, or the run is finished or has no
    /// checkpoint.
    /// </summary>
    /// <param name="folder">Any existing folder.</param>
    public static UnfinishedRun? Find(string folder)
    {
        RunFolder run = RunFolder.Open(folder);
        bool isUnfinished = File.Exists(run.Recipe) && !File.Exists(run.Summary);
        return isUnfinished && CheckpointFolders.All(run) is [.., var newest]
            ? new UnfinishedRun(folder, newest.Step, newest.Folder) : null;
    }

    /// <summary>
    /// The file with the weights: those of the best validation if the run keeps them, otherwise the current ones.
    /// </summary>
    public string WeightsFile => File.Exists(Best) ? Best : Path.Combine(Checkpoint, CheckpointFolders.WeightsFile);

    /// <summary>
    /// Loads a checkpoint's averages into a model with its weights. The model of the best validation already contains them.
    /// </summary>
    /// <param name="module">The model.</param>
    /// <param name="take">As <see cref="WeightsFit.Take"/>; null if the module keeps all tensors as they are.</param>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public void LoadAverages(nn.Module module, Func<string, Func<long, long, Tensor>, bool>? take = null)
    {
        string averages = Path.Combine(Checkpoint, CheckpointFolders.AveragesFile);
        if (File.Exists(Best) || !File.Exists(averages))
            return;
        using SafetensorsFile file = SafetensorsFile.Open(averages);
        foreach ((string name, Tensor tensor) in module.state_dict().Where(entry => file.Tensors.ContainsKey(entry.Key)))
        {
            if (take?.Invoke(name, (first, count) => file.ReadRows(name, first, count)) != true)
                file.ReadInto(name, tensor);
        }
    }

    private string Best => Path.Combine(Checkpoint, CheckpointFolders.BestPrefix + CheckpointFolders.WeightsFile);
}
