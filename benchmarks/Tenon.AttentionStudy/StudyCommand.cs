using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Cli.Commands;
using Tenon.Host;
using Tenon.Host.Artifacts;

namespace Tenon.AttentionStudy;

/// <summary>The command line.</summary>
internal static class StudyCommand
{
    /// <summary>Name of the picture in the study's folder.</summary>
    public const string PictureName = "why-attention.png";

    /// <summary>Creates the command.</summary>
    /// <param name="console">Receives progress and results.</param>
    public static RootCommand Create(IAnsiConsole console)
    {
        var folder = new Option<string?>("--folder")
        {
            Description = "Where results and the picture are stored. Default: runs/attention-study. " +
                "A study that was stopped resumes there.",
        };
        var seeds = new Option<int[]>("--seeds")
        {
            Description = "Seeds of the runs.",
            DefaultValueFactory = _ => [1],
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of torch.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var quick = new Option<bool>("--quick") { Description = "A small part of the study, with few steps." };
        var steps = new Option<int?>("--steps") { Description = "Training steps of every run." };
        var lengths = new Option<int[]?>("--lengths")
        {
            Description = $"Distances of the token to recall, 1 … {Recall.LongestDistance}.",
            AllowMultipleArgumentsPerToken = true,
        };
        steps.Accept(value => value is null or >= 1, "1 or more");
        threads.Accept(value => value >= 1, "1 or more");
        lengths.Accept(value => value is null || value.All(length => length is >= 1 and <= Recall.LongestDistance),
            $"1 … {Recall.LongestDistance}");
        var command = new RootCommand("Compares recurrent, convolutional and attention models.")
        {
            folder, seeds, threads, quick, steps, lengths,
        };
        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            StudySize size = isQuick ? StudySize.Quick : StudySize.Full;
            size = size with
            {
                SequenceSteps = result.GetValue(steps) ?? size.SequenceSteps,
                RecallSteps = result.GetValue(steps) ?? size.RecallSteps,
                Lengths = result.GetValue(lengths) is { Length: > 0 } chosen ? [.. chosen.Order()] : size.Lengths,
            };
            string path = Path.GetFullPath(result.GetValue(folder) ?? Path.Combine("runs", $"attention-study{(isQuick ? "-quick" : "")}"));
            Directory.CreateDirectory(path);
            using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
            Run(size, result.GetRequiredValue(seeds), host, new Trainer(host, path, result.GetValue(threads)), path, console);
            return 0;
        });
        return command;
    }

    private static void Run(
        StudySize size, IReadOnlyList<int> seeds, TenonHost host, Trainer trainer, string folder, IAnsiConsole console)
    {
        var results = new Results(Path.Combine(folder, "results.csv"));
        var sequences = new SequenceTasks(size, seeds, results);
        var recall = new Recall(size, seeds, results);
        var speed = new Speed(size, results);
        sequences.Complete(trainer, console);
        recall.Complete(trainer, console);
        speed.Complete(host, trainer, console);
        sequences.Show(trainer, console);
        recall.Show(trainer, console);
        speed.Show(trainer, console);
        string picture = Path.Combine(folder, PictureName);
        Picture.Write(picture, () => StudyPlot.Png(sequences, recall, speed));
        console.WriteLine(picture);
    }
}
