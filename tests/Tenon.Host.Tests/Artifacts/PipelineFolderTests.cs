using Tenon.Host.Artifacts;

namespace Tenon.Host.Tests.Artifacts;

public sealed class PipelineFolderTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("tenon-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void Keeps_the_states_of_its_stages()
    {
        PipelineFolder folder = PipelineFolder.New(RunFolder.Create(_output, "two"));
        PipelineFolder.Is(folder.Path).Should().BeFalse();
        folder.Set("first", StageState.Finished);
        folder.Set("second", StageState.Running);

        PipelineFolder opened = PipelineFolder.Open(folder.Path);

        PipelineFolder.Is(folder.Path).Should().BeTrue();
        opened.State("first").Should().Be(StageState.Finished);
        opened.State("second").Should().Be(StageState.Running);
        opened.State("third").Should().Be(StageState.Waiting);
        opened.Stage("first").Should().BeNull();
        File.ReadAllText(Path.Combine(folder.Path, "pipeline.json")).ReplaceLineEndings("\n").Should().Be("""
            {
              "layout": 1,
              "stages": [
                {
                  "name": "first",
                  "state": "finished"
                },
                {
                  "name": "second",
                  "state": "running"
                }
              ]
            }

            """);
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{ "layout": 1, "stages": [ { "name": "a", "state": "asleep" } ] }""", "cannot be read")]
    [InlineData("""{ "layout": 1, "stages": [ { "name": "a", "state": "waiting" }, { "name": "a", "state": "waiting" } ] }""", "cannot be read")]
    [InlineData("""{ "layout": 2, "stages": [] }""", "has the layout 2")]
    public void Refuses_a_damaged_file(string content, string sentence)
    {
        string path = Directory.CreateDirectory(Path.Combine(_output, "damaged")).FullName;
        File.WriteAllText(Path.Combine(path, "pipeline.json"), content);

        FluentActions.Invoking(() => PipelineFolder.Open(path)).Should().Throw<CheckpointException>().WithMessage($"*{sentence}*");
    }

    [Fact]
    public void One_process_at_a_time()
    {
        PipelineFolder folder = PipelineFolder.New(RunFolder.Create(_output, "two"));
        using IDisposable held = folder.Hold();

        FluentActions.Invoking(folder.Hold).Should().Throw<CheckpointException>().WithMessage("*cannot be used*");
    }
}
