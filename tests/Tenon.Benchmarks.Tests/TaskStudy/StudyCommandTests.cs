using Tenon.Host;
using Tenon.TaskStudy;

namespace Tenon.Benchmarks.Tests.TaskStudy;

public sealed class StudyCommandTests : CommandTest
{
    [Fact]
    public void The_quick_form_trains_both_models_of_every_task_and_does_not_repeat_results()
    {
        string output = Run(StudyCommand.Create, "--quick", "--threads", "1", "--folder", Folder);

        foreach (StudyTask task in StudyTask.All)
        {
            output.Should().MatchRegex($@"{task.Name}\W+\d+\W+{task.Measure}\W+adapter\W+\d+\.\d\W+[\d,]+\W+\d+\W+0\.001\W")
                .And.MatchRegex($@"{task.Small.Title}\W+\d+\.\d\W+[\d,]+\W+\d+\W");
        }

        output.Should().MatchRegex(@"five adapters: [\d,]+ parameters and [\d,]+ shared ones, pre-trained in \d+ s; trained in \d+ s");
        string results = Path.Combine(Folder, "results.csv");
        string[] first = File.ReadAllLines(results);
        first.Should().HaveCount(1 + 2 + StudyTask.All.Count * 2 * 3);

        Run(StudyCommand.Create, "--quick", "--threads", "1", "--folder", Folder).Should().NotContain("pre-training");
        File.ReadAllLines(results).Should().Equal(first);
    }

    [Fact]
    public void The_splits_of_a_task_have_no_example_in_common()
    {
        using var host = new TenonHost(new TenonOptions());
        PlainText.Write(host, Folder, StudySize.Quick.BaseLines);

        foreach (StudyTask task in StudyTask.All)
        {
            var files = new TaskFiles(task, Folder);
            files.Write(host, StudySize.Quick);
            string[][] prompts = [.. Enum.GetValues<TaskSplit>().Select(split => files.Read(split).Select(one => one.Prompt).ToArray())];
            prompts.Should().OnlyContain(split => split.Length > 0);
            prompts.SelectMany(split => split.Distinct()).Should().OnlyHaveUniqueItems(task.Name);
        }

        string[] plain = File.ReadAllLines(PlainText.File(Folder));
        plain.Intersect(PlainText.HeldOut(Folder)).Should().BeEmpty();
    }
}
