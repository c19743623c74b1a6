using Tenon.LabelStudy;
using Tenon.LabelStudy.Studies;

namespace Tenon.Benchmarks.Tests.LabelStudy;

public sealed class StudyCommandTests : CommandTest
{
    public static TheoryData<string> Names => [.. Study.All.Select(study => study.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_quick_form_runs_every_method_and_does_not_repeat_results(string name)
    {
        Study study = Study.All.First(study => study.Name == name);

        string output = Run(StudyCommand.Create, name, "--quick", "--folder", Folder);

        output.Should().Contain($"{study.Measure} on held-out examples of {study.Data[0].Name}");
        foreach (Method method in study.Methods.Append(study.Baseline))
            output.Should().MatchRegex($@"{method.Title}\W+\d+\.\d ± 0\.0");
        string results = Path.Combine(Folder, "results.csv");
        string[] first = File.ReadAllLines(results);
        first.Should().HaveCount(1 + study.Methods.Count + 1);
        Run(StudyCommand.Create, name, "--quick", "--folder", Folder).Should().NotContain($"1/{study.Methods.Count}");
        File.ReadAllLines(results).Should().Equal(first);
    }
}
