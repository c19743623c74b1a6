using System.Globalization;

namespace Tenon.Host.Artifacts;

/// <summary>The folders of a run's checkpoints, whose files the training step writes.</summary>
internal static class CheckpointFolders
{
    /// <summary>The file that makes a folder a checkpoint.</summary>
    public const string TrainerFile = "trainer.json";

    /// <summary>The weights, under the names used in model folders.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Averages of trained parameters and buffers.</summary>
    public const string AveragesFile = "ema.safetensors";

    /// <summary>Prefix of the files with the model of the best validation.</summary>
    public const string BestPrefix = "best.";

    private const string Prefix = "step-";

    /// <summary>Returns the folder of a step.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="step">Completed steps.</param>
    public static string Of(RunFolder run, long step) => Path.Combine(run.Checkpoints, Name(step));

    /// <summary>Complete checkpoints by step; other folders are ignored.</summary>
    /// <param name="run">The run's folder.</param>
    public static IReadOnlyList<(long Step, string Folder)> All(RunFolder run) => !Directory.Exists(run.Checkpoints) ? [] :
        [.. Directory.GetDirectories(run.Checkpoints, Prefix + "*")
            .Select(folder => (
                Known: long.TryParse(
                    Path.GetFileName(folder)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long step),
                Step: step, Folder: folder))
            .Where(entry => entry.Known && Path.GetFileName(entry.Folder) == Name(entry.Step)
                && File.Exists(Path.Combine(entry.Folder, TrainerFile)))
            .Select(entry => (entry.Step, entry.Folder))
            .OrderBy(entry => entry.Step)];

    private static string Name(long step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}");
}
