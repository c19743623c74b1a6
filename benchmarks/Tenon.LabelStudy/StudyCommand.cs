using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Host;
using Tenon.LabelStudy.Studies;

namespace Tenon.LabelStudy;

/// <summary>The command line.</summary>
internal static class StudyCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="console">Receives progress and results.</param>
    public static RootCommand Create(IAnsiConsole console)
    {
        var name = new Argument<string>("study")
        {
            Description = "What to compare.",
            DefaultValueFactory = _ => Study.All[0].Name,
        };
        name.AcceptOnlyFromAmong([.. Study.All.Select(study => study.Name)]);
        var folder = new Option<string?>("--folder") { Description = "Where results are stored. Default: runs/NAME-study." };
        var seeds = new Option<int[]>("--seeds")
        {
            Description = "Seeds of the runs.",
            DefaultValueFactory = _ => [1, 2, 3],
            AllowMultipleArgumentsPerToken = true,
        };
        var quick = new Option<bool>("--quick") { Description = "Only show that every run works: fewest labels, two steps, one seed." };
        var command = new RootCommand("Compares methods on few labels.") { name, folder, seeds, quick };
        command.SetAction(result =>
        {
            Study study = Study.All.First(study => study.Name == result.GetValue(name));
            bool isQuick = result.GetValue(quick);
            string path = Path.GetFullPath(
                result.GetValue(folder) ?? Path.Combine("runs", $"{study.Name}-study{(isQuick ? "-quick" : "")}"));
            Directory.CreateDirectory(path);
            using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
            new StudyRun(isQuick ? new QuickStudy(study) : study, path, host, console)
                .Complete(isQuick ? [1] : result.GetRequiredValue(seeds));
            return 0;
        });
        return command;
    }
}
