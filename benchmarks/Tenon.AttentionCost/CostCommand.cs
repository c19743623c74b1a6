using System.CommandLine;
using Spectre.Console;
using Tenon.Host.Native;

namespace Tenon.AttentionCost;

/// <summary>The command line.</summary>
internal static class CostCommand
{
    private static readonly int[] _sizes = [32, 64, 128, 224, 256, 384, 512], _fewSizes = [32, 64, 128, 224];

    /// <summary>Creates the command.</summary>
    /// <param name="console">Receives tables and progress.</param>
    public static RootCommand Create(IAnsiConsole console)
    {
        var folder = new Option<string>("--folder")
        {
            Description = "Where the pictures are written.",
            DefaultValueFactory = _ => Path.Combine("runs", "attention-cost"),
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "The longest measurement to start; 0 to count only.",
            DefaultValueFactory = _ => 60,
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of torch.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var quick = new Option<bool>("--quick") { Description = "Images up to 224², measurements of at most a second." };
        var command = new RootCommand("Counts and measures the cost of attention on images.") { folder, seconds, threads, quick };
        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            string path = Path.GetFullPath(result.GetRequiredValue(folder));
            Directory.CreateDirectory(path);
            TorchRuntime.Prepare();
            torch.set_num_threads(result.GetValue(threads));
            int limit = isQuick ? 1 : result.GetValue(seconds);
            Timing? timing = limit == 0 ? null : new Timing(Layer.Default, TimeSpan.FromSeconds(limit), rounds: isQuick ? 1 : 5);
            new CostReport(Layer.Default, isQuick ? _fewSizes : _sizes, timing, console).Show(path);
            return 0;
        });
        return command;
    }
}
