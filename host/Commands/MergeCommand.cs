using System.CommandLine;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Native;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon merge</c>: merges adapters into a model.</summary>
internal static class MergeCommand
{
    private const double Gigabyte = 1e9;

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "Folder of an adapter, or of the model that --adapter is merged into.",
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder of the merged model; must not exist yet.",
            Required = true,
        };
        var shard = new Option<double>("--max-shard-size")
        {
            Description = "GB (1,000,000,000 bytes) of a weights file, above which the weights are written to several files with an index.",
            DefaultValueFactory = _ => WeightsWriter.MaxShardBytes / Gigabyte,
        };
        var command = new Command(
            "merge", "Writes a model with its adapters merged into the weights, which can be used without the adapters and the base model.")
        {
            folder, Session.DeviceSettings(), session.Adapters, output, shard, session.Device,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, _) =>
        {
            double size = result.GetValue(shard);
            if (!(size > 0))
                throw new ModelException($"--max-shard-size is {size}, but must be above 0: the GB of a file.");
            string target = Path.GetFullPath(result.GetValue(output)!);
            if (opened.Adapters.Count == 0)
                throw new ModelException($"'{result.GetValue(folder)}' is not an adapter folder and --adapter is not set, so there is " +
                    "nothing to merge.");
            opened.MergeAdapters();
            if (Path.Exists(target))
                throw new ModelException($"'{target}' already exists. Choose a folder that does not exist.");
            Durable.WriteFolder(target, path => opened.Save(path, (long)Math.Min(size * Gigabyte, long.MaxValue)));
            session.Line(target);
            return ExitCode.Done;
        }));
        return command;
    }
}
