using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Cli.Commands;
using Tenon.Host;

namespace Tenon.TaskStudy;

/// <summary>The command line.</summary>
internal static class StudyCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="console">Receives progress and results.</param>
    public static RootCommand Create(IAnsiConsole console)
    {
        var folder = new Option<string?>("--folder")
        {
            Description = "Where models and results are stored. Default: runs/task-study. A study that was stopped resumes there.",
        };
        var seeds = new Option<int[]>("--seeds")
        {
            Description = "Seeds of the reported runs.",
            DefaultValueFactory = _ => [1],
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of torch.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var quick = new Option<bool>("--quick")
        {
            Description = "Only show that every run works: few examples, two steps, one rate and seed.",
        };
        threads.Accept(value => value >= 1, "1 or more");
        var command = new RootCommand("Compares one pre-trained model with five small ones.") { folder, seeds, threads, quick };
        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            StudySize size = isQuick ? StudySize.Quick : StudySize.Full;
            string path = Path.GetFullPath(result.GetValue(folder) ?? Path.Combine("runs", $"task-study{(isQuick ? "-quick" : "")}"));
            Directory.CreateDirectory(path);
            using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
            new StudyRun(size, path, new StudyRecipes(size, path, result.GetValue(threads)), host, console)
                .Complete(isQuick ? [1] : result.GetRequiredValue(seeds));
            return 0;
        });
        return command;
    }
}
