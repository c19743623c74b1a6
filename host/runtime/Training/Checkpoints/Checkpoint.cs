using System.Security.Cryptography;
using Tenon.Host.Artifacts;
using Tenon.Host.Native;
using Tenon.Host.Training.Parallel;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Checkpoints;

/// <summary>
/// The state of a run after a step: tensors in safetensors files, and <c>trainer.json</c>. A folder gets its final name last, so a
/// folder with that name is complete.
/// </summary>
/// <param name="Folder">The checkpoint's folder.</param>
/// <param name="Trainer">Everything that is not a tensor.</param>
internal sealed record Checkpoint(string Folder, TrainerState Trainer)
{
    /// <summary>Returns the newest complete checkpoint of a run, or null.</summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="CheckpointException">The newest checkpoint cannot be read.</exception>
    public static Checkpoint? Newest(RunFolder run) =>
        CheckpointFolders.All(run) is [.., (_, var folder)] ? new Checkpoint(folder, TrainerState.Read(folder)) : null;

    /// <summary>Writes a checkpoint and deletes the oldest ones.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="trainer">Everything that is not a tensor.</param>
    /// <param name="files">Named tensors by file name; a file without tensors is not written.</param>
    /// <param name="keep">Number of checkpoints to keep, at least 1.</param>
    /// <param name="also">Writes further files into the folder, after the tensors; or null.</param>
    public static void Save(
        RunFolder run, TrainerState trainer, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> files, int keep,
        Action<string>? also = null)
    {
        Directory.CreateDirectory(run.Checkpoints);
        Durable.WriteFolder(CheckpointFolders.Of(run, trainer.Step), folder =>
        {
            foreach ((string file, IReadOnlyDictionary<string, Tensor> tensors) in files.Where(file => file.Value.Count > 0))
                WeightsWriter.Save(Path.Combine(folder, file), tensors);
            also?.Invoke(folder);
            Durable.WriteText(Path.Combine(folder, TrainerState.FileName), (trainer with { Files = Hashes(folder) }).Write());
        });
        foreach ((_, string old) in CheckpointFolders.All(run).SkipLast(keep))
            Remove(old);
    }

    /// <summary>Replaces everything in a checkpoint except tensors.</summary>
    /// <param name="run">The run's folder, which has a checkpoint of that step.</param>
    /// <param name="trainer">The new content.</param>
    public static void Replace(RunFolder run, TrainerState trainer)
    {
        string folder = CheckpointFolders.Of(run, trainer.Step);
        Durable.WriteText(Path.Combine(folder, TrainerState.FileName),
            (trainer with { Files = TrainerState.Read(folder).Files }).Write());
    }

    /// <summary>Deletes all checkpoints of a run that is restarted.</summary>
    /// <param name="run">The run's folder.</param>
    public static void RemoveAll(RunFolder run)
    {
        foreach ((_, string folder) in CheckpointFolders.All(run))
            Remove(folder);
    }

    /// <summary>Copies the checkpoint's tensors into live ones. Nothing is changed unless all of them match.</summary>
    /// <param name="files">Named tensors by file name, as passed to <see cref="Save"/>.</param>
    /// <param name="whole">The tensors of which the live ones are parts; null if they are whole.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged, or tensors differ; the message lists all of them.</exception>
    public void Load(IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> files, WholeTensors? whole = null)
    {
        whole ??= WholeTensors.Own;
        var open = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            CheckHashes();
            foreach ((string file, _) in files.Where(file => file.Value.Count > 0))
                open.Add(file, SafetensorsFile.Open(Path.Combine(Folder, file)));
            string differences = string.Join(
                " ", open.Select(file => Differences(file.Key, file.Value, files[file.Key], whole)).Where(text => text.Length > 0));
            if (differences.Length > 0)
                throw new CheckpointException($"The checkpoint '{Folder}' does not match the trained parameters. {differences} Resume " +
                    "with the recipe and plugins of the run.");
            foreach ((string file, SafetensorsFile saved) in open)
            {
                foreach ((string name, Tensor tensor) in files[file])
                    whole.Read(saved, name, tensor);
            }
        }
        catch (Exception cause) when (cause is SafetensorsException or IOException)
        {
            throw new CheckpointException($"The checkpoint '{Folder}' cannot be read: {cause.Message} Delete its folder to resume from " +
                "the previous one.", cause);
        }
        finally
        {
            foreach (SafetensorsFile file in open.Values)
                file.Dispose();
        }
    }

    // A changed bit in a tensor is otherwise not noticed: the files would have the right names, shapes and types.
    private void CheckHashes()
    {
        foreach ((string name, string hash) in Trainer.Files ?? [])
        {
            if (Sha256(Path.Combine(Folder, name)) != hash)
                throw new IOException($"'{name}' has changed since it was written: its SHA-256 differs from the one in " +
                    $"{TrainerState.FileName}.");
        }
    }

    private static SortedDictionary<string, string> Hashes(string folder) =>
        new(Directory.EnumerateFiles(folder).ToDictionary(file => Path.GetFileName(file), Sha256), StringComparer.Ordinal);

    private static string Sha256(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Differences(
        string file, SafetensorsFile saved, IReadOnlyDictionary<string, Tensor> wanted, WholeTensors whole)
    {
        var mismatches = new TensorMismatches();
        foreach ((string name, SafetensorInfo info) in saved.Tensors)
        {
            if (wanted.TryGetValue(name, out Tensor? tensor))
                mismatches.Compare(name, info, tensor, convertFloats: false, whole.ShapeOf(name, tensor));
            else
                mismatches.Unexpected(name);
        }

        foreach (string name in wanted.Keys.Where(name => !saved.Tensors.ContainsKey(name)))
            mismatches.Missing(name);
        return mismatches.Any ? $"{file}: {mismatches}" : "";
    }

    // If the folder contains no foreign files, it is deleted. Otherwise only our own files are deleted. For a link, only the link
    // is deleted.
    private static void Remove(string folder)
    {
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            Directory.Delete(folder);
            return;
        }

        string[] own =
        [
            .. TrainedState.FileNames.Concat([TrainerState.FileName, AdapterFolder.ConfigurationFile, AdapterFolder.WeightsFile])
                .Select(name => Path.Combine(folder, name)).Where(File.Exists),
        ];
        if (Directory.GetFileSystemEntries(folder).Length == own.Length)
        {
            Durable.DeleteFolder(folder);
            return;
        }

        foreach (string file in own)
            File.Delete(file);
    }
}
