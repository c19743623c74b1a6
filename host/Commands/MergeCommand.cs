using System.CommandLine;
using Tenon.Host.Artifacts;
using Tenon.Host.Models;
using Tenon.Host.Native;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon merge</c>: a model with its adapters as one model.</summary>
internal static class MergeCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "An adapter's folder, or that of a model to put the adapters named onto." };
        var output = new Option<string>("--output", "-o") { Description = "The new model's folder, which must not be there yet.", Required = true };
        var command = new Command("merge", "Writes a model with its adapters merged into the weights: a folder that needs neither adapter nor base model.")
        {
            folder, Session.DeviceSettings(), session.Adapters, output, session.Device,
        };
        command.SetAction(result => session.WithModel(result, result.GetValue(folder)!, (opened, _) =>
        {
            string target = Path.GetFullPath(result.GetValue(output)!);
            Merge(opened, result.GetValue(folder)!);
            if (Path.Exists(target))
                throw new ModelException($"'{target}' is there already. Name a folder that is not.");
            Durable.WriteFolder(target, path => ModelFolder.Save(
                path, new ModelLayout(opened.Architecture.Describe(opened.Options), opened.Architecture.WeightsFile), opened.Tokenizer, opened.Model.Module));
            session.Line(target);
            return ExitCode.Done;
        }));
        return command;
    }

    private static void Merge(OpenedModel opened, string folder)
    {
        if (opened.Adapters.Count == 0)
            throw new ModelException($"'{folder}' is no adapter's folder, and --adapter names none, so there is nothing to merge.");
        if (opened.Adapters.FirstOrDefault(adapter => adapter is not IWeightAdapter) is { } other)
            throw new ModelException($"An adapter of type {other.Configuration["peft_type"]} adds nothing to weights, so it cannot be merged into them. Adapters of type LORA can.");
        foreach (IWeightAdapter adapter in opened.Adapters.Cast<IWeightAdapter>())
            adapter.Merge();
    }
}
