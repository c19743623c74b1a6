using System.Text.RegularExpressions;
using Tenon.AttentionStudy;

namespace Tenon.Benchmarks.Tests.AttentionStudy;

public sealed class StudyCommandTests : CommandTest
{
    private static readonly string[] Tiny = ["--quick", "--steps", "2", "--lengths", "2", "8", "--threads", "1"];

    [Fact]
    public void The_study_measures_every_model_draws_a_picture_and_does_not_repeat_results()
    {
        string output = Run(StudyCommand.Create, [.. Tiny, "--folder", Folder]);

        foreach (StudyModel model in StudyModel.OfSequences)
            output.Should().MatchRegex($@"{model.Title}\W+[\d,]+(\W+\d+\.\d){{4}}\W+\d+\W");
        foreach (StudyModel model in StudyModel.OfRecall)
            output.Should().MatchRegex($@"{model.Title}\W+[\d,]+(\W+\d+\.\d){{2}}\W");
        string tables = output[output.IndexOf(Speed.Experiments[0].Title, StringComparison.Ordinal)..];
        foreach (StudyModel model in StudyModel.OfSpeed(256))
            Regex.Count(tables, $@"{Regex.Escape(model.Title)}\W+[\d,]+(\W+[\d,.]+){{3}}\W").Should().Be(2, model.Title);
        File.ReadAllBytes(Path.Combine(Folder, StudyCommand.PictureName)).Length.Should().BeGreaterThan(50_000);
        string results = Path.Combine(Folder, "results.csv");
        string[] first = File.ReadAllLines(results);
        int times = 2 * StudyModel.OfSpeed(256).Count * StudySize.Quick.SpeedLengths.Count;
        first.Should().HaveCount(1 + 2 * 3 * StudyModel.OfSequences.Count + 2 * StudyModel.OfRecall.Count + times);
        Directory.Exists(Path.Combine(Folder, "runs")).Should().BeFalse();

        Run(StudyCommand.Create, [.. Tiny, "--folder", Folder]).Should().NotContain("seed 1");
        File.ReadAllLines(results).Should().Equal(first);
    }

    [Fact]
    public void A_distance_beyond_the_context_is_refused()
    {
        StudyCommand.Create(Spectre.Console.AnsiConsole.Console).Parse(["--lengths", "2", "300"]).Errors
            .Should().ContainSingle().Which.Message.Should().Contain("1 … 248").And.Contain("300");
    }
}
