using System.Diagnostics;
using System.Security.Cryptography;

namespace Tenon.Integration.Tests;

/// <summary>What <c>resume</c> refuses, and what it reports.</summary>
[Collection(InOneProcess.Name)]
public sealed class ResumeTests : IDisposable
{
    private static readonly string Run = Path.Combine("runs", "run");
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("--model:layers", "1")]
    [InlineData("--model:contextLength", "16")]
    [InlineData("--training:batchSize", "8")]
    [InlineData("--training:accumulate", "1")]
    [InlineData("--training:optimizer", "lion")]
    [InlineData("--seed", "9")]
    [InlineData("--samples:imagesPerClass", "-1")]
    [InlineData("--data:files:0", "missing.txt")]
    public void A_refused_resume_leaves_the_folder_as_it_was(string key, string value)
    {
        Train();
        // As a process that was killed after the checkpoint leaves the logs.
        File.AppendAllText(_workspace.At("runs", "run", "metrics.jsonl"), "{\"step\":5}\n");
        IReadOnlyDictionary<string, string> before = Contents("run");

        ProgramResult refused = Tenon("resume", Run, "--training:steps", "6", key, value);

        refused.ExitCode.Should().BePositive(refused.All);
        refused.All.Should().NotContain("Unexpected").And.NotContain("Plugin");
        Contents("run").Should().Equal(before);
        Tenon("resume", Run, "--training:steps", "6").ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task A_refused_resume_of_a_run_in_progress_leaves_its_folder_as_it_was()
    {
        using Process process = TenonProgram.Start(_workspace.Folder, "run", _workspace.Recipe("run", 1_000_000, 0));
        try
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("step", StringComparison.Ordinal))
            {
                // Until the first step is done.
            }

            string[] files = [.. new[] { "config.json", "recipe.json", "plugins.lock.json", "vocab.json" }
                .Select(name => _workspace.At("runs", "run", name)).Where(File.Exists)];
            byte[][] before = [.. files.Select(File.ReadAllBytes)];
            foreach (string[] settings in (string[][])[["--model:layers", "1"], ["--restart"]])
            {
                ProgramResult refused = Tenon(["resume", Run, .. settings]);

                refused.ExitCode.Should().Be(4, refused.All);
                refused.Errors.Should().Contain("If the run is active in another process, wait for it or stop it.");
            }

            files.Select(File.ReadAllBytes).Should().BeEquivalentTo(before, options => options.WithStrictOrdering());
            process.HasExited.Should().BeFalse();
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public void A_refused_resume_of_a_pipeline_leaves_its_folder_as_it_was()
    {
        _workspace.Recipe("tiny", 4, 0);
        File.WriteAllText(_workspace.At("pipeline.json"), """
            {
              "name": "pipeline",
              "stages": [
                { "name": "first", "recipe": "tiny" },
                { "name": "second", "recipe": "tiny", "data": { "use": "text-files", "files": ["later.txt"] } }
              ]
            }
            """);
        string folder = Path.Combine("runs", "pipeline");
        Tenon("run", "pipeline.json").ExitCode.Should().Be(4);
        IReadOnlyDictionary<string, string> before = Contents("pipeline");

        ProgramResult still = Tenon("resume", folder, "--stages:second:model:layers", "1");

        still.ExitCode.Should().Be(4, still.All);
        Contents("pipeline").Should().Equal(before);

        File.Copy(_workspace.At("text.txt"), _workspace.At("later.txt"));
        Tenon("resume", folder, "--training:steps", "4").ExitCode.Should().Be(0);
        before = Contents("pipeline");
        ProgramResult finished = Tenon("resume", folder, "--training:steps", "400");
        finished.ExitCode.Should().Be(0, finished.All);
        Contents("pipeline").Should().Equal(before);

        // A stage that was killed: it has a folder, and the pipeline has not recorded an end.
        File.WriteAllText(_workspace.At(folder, "pipeline.json"), File.ReadAllText(_workspace.At(folder, "pipeline.json"))
            .Replace("finished", "running", StringComparison.Ordinal));
        File.Delete(_workspace.At(folder, "first", "summary.json"));
        before = Contents("pipeline");
        string[][] refusedSettings =
            [["--stages:first:model:layers", "1"], ["--training:batchSize", "8"], ["--stages:first:training:optimizer", "sgd"]];
        foreach (string[] settings in refusedSettings)
        {
            ProgramResult refused = Tenon(["resume", folder, .. settings]);
            refused.ExitCode.Should().Be(4, refused.All);
            Contents("pipeline").Should().Equal(before);
        }

        Tenon("resume", folder).ExitCode.Should().Be(0);
    }

    [Fact]
    public void Without_checkpoints_a_run_starts_again_only_when_asked()
    {
        Train();
        Directory.Delete(_workspace.At("runs", "run", "checkpoints"), recursive: true);
        IReadOnlyDictionary<string, string> before = Contents("run");

        ProgramResult refused = Tenon("resume", Run, "--training:steps", "6");

        refused.ExitCode.Should().Be(4, refused.All);
        refused.Errors.Should().Contain("runs/run' has no checkpoint to resume from. Add --restart to restart it from step 1");
        Contents("run").Should().Equal(before);
        ProgramResult again = Tenon("resume", Run, "--training:steps", "6", "--restart");
        again.ExitCode.Should().Be(0, again.All);
        again.Output.Should().Contain("step 1/6");
    }

    [Fact]
    public void Other_data_is_refused_by_resume_and_reported_by_eval()
    {
        Train();
        string text = File.ReadAllText(_workspace.At("text.txt"));
        File.WriteAllText(_workspace.At("text.txt"), text.Replace("cat", "cow", StringComparison.Ordinal));
        IReadOnlyDictionary<string, string> before = Contents("run");

        ProgramResult refused = Tenon("resume", Run, "--training:steps", "6");
        ProgramResult split = Tenon("resume", Run, "--training:steps", "6", "--validation:share", "0.5");
        ProgramResult eval = Tenon("eval", Run);

        refused.ExitCode.Should().Be(4, refused.All);
        refused.Errors.Should().StartWith("The content of the data has changed since the run began (");
        split.ExitCode.Should().Be(4, split.All);
        eval.ExitCode.Should().Be(0, eval.All);
        eval.Output.Should().Contain("The content of the data has changed since the run began").And.Contain("loss");
        Contents("run").Should().Equal(before);

        File.WriteAllText(_workspace.At("text.txt"), text);
        Tenon("resume", Run, "--training:steps", "6", "--validation:share", "0.5").Errors.Should()
            .StartWith("The data is split differently");
        Tenon("resume", Run, "--training:steps", "6").ExitCode.Should().Be(0);
    }

    [Fact]
    public void Commands_that_read_leave_a_read_only_folder_alone()
    {
        if (OperatingSystem.IsWindows())
            return; // Windows has no folders that cannot be written to.
        Train();
        IReadOnlyDictionary<string, string> before = Contents("run");
        File.SetUnixFileMode(_workspace.At("runs", "run"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            ProgramResult eval = Tenon("eval", Run);
            eval.ExitCode.Should().Be(0, eval.All);
            eval.Output.Should().Contain("perplexity").And.NotContain("evaluation.json");
            Tenon("generate", Run, "--prompt", "the ", "-n", "3").ExitCode.Should().Be(0);
        }
        finally
        {
            File.SetUnixFileMode(_workspace.At("runs", "run"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Contents("run").Should().Equal(before);
        Tenon("eval", Run, "--output", "measured").Output.Should().Contain(Path.Combine("measured", "evaluation.json"));
        File.Exists(_workspace.At("measured", "evaluation.json")).Should().BeTrue();
    }

    [Fact]
    public void A_run_that_starts_again_equals_a_new_one()
    {
        Train();
        Tenon("run", _workspace.Recipe("other", 3, 0)).ExitCode.Should().Be(0);

        ProgramResult again = Tenon("resume", Run, "--training:steps", "3", "--restart");

        again.ExitCode.Should().Be(0, again.All);
        File.ReadAllBytes(_workspace.At("runs", "run", "model.safetensors")).Should()
            .Equal(File.ReadAllBytes(_workspace.At("runs", "other", "model.safetensors")));
        Directory.GetDirectories(_workspace.At("runs", "run", "checkpoints")).Select(Path.GetFileName).Should().Equal("step-00000003");
        File.ReadLines(_workspace.At("runs", "run", "metrics.jsonl")).Should()
            .HaveSameCount(File.ReadLines(_workspace.At("runs", "other", "metrics.jsonl")));
    }

    [Fact]
    public void A_finished_run_is_reported_as_finished()
    {
        Train();
        IReadOnlyDictionary<string, string> before = Contents("run");

        foreach (string[] settings in (string[][])[[], ["--training:steps", "3"], ["--training:learningRate", "1"]])
        {
            ProgramResult finished = Tenon(["resume", Run, .. settings]);

            finished.ExitCode.Should().Be(0, finished.All);
            finished.Output.Should().StartWith($"The run in '{Run}' is already finished after step 4; nothing was trained.")
                .And.Contain($"resume {Run} --training:steps 8").And.NotContain("validation loss");
            Contents("run").Should().Equal(before);
        }

        Directory.Delete(_workspace.At("runs", "run", "checkpoints"), recursive: true);
        Tenon("resume", Run).Output.Should().StartWith($"The run in '{Run}' is already finished");
    }

    private void Train() => Tenon("run", _workspace.Recipe("run", 4, 0)).ExitCode.Should().Be(0);

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_workspace.Folder, arguments);

    // The hash of each file in a run's folder.
    private SortedDictionary<string, string> Contents(string run)
    {
        string folder = _workspace.At("runs", run);
        return new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file),
                file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);
    }
}
