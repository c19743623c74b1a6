using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tenon.Integration.Tests;

/// <summary>A disk that cannot keep what was written ends a run, and nothing it lost is taken for a checkpoint.</summary>
public sealed class DiskFailureTests
{
    private const string Strace = "/usr/bin/strace";

    [SkippableTheory]
    [InlineData("EIO", "Input/output error")]
    [InlineData("ENOSPC", "No space left on device")]
    public void An_error_of_fsync_ends_the_run_before_the_checkpoint_is_published(string error, string reason)
    {
        Skip.IfNot(File.Exists(Strace), $"{Strace} is missing; it injects the errors of a failing disk.");
        using var workspace = new Workspace();
        string recipe = workspace.Recipe("failing", 20, 10);
        string[] flushed = Flushed(workspace, workspace.Recipe("whole", 20, 10));

        foreach (string name in new[] { "recipe.json", "optimizer.safetensors", "trainer.json", "metrics.jsonl", "model.safetensors" })
        {
            int failing = Array.FindIndex(flushed, path => path.Contains($"/{name}", StringComparison.Ordinal)) + 1;
            failing.Should().BePositive($"{name} is flushed");
            ProgramResult result = Run(workspace, recipe, $"--inject=fsync:error={error}:when={failing}");

            result.ExitCode.Should().Be(4, $"{name} was not flushed: {result.All}");
            result.Errors.Should().Contain("cannot be flushed to disk").And.Contain(reason).And.NotContain("   at ");
            if (name is "optimizer.safetensors" or "trainer.json")
                Directory.Exists(workspace.At("runs", "failing", "checkpoints", "step-00000010")).Should().BeFalse();
            Directory.Delete(workspace.At("runs"), recursive: true);
        }
    }

    // The paths of the files and folders that the run's thread flushes, in order.
    private static string[] Flushed(Workspace workspace, string recipe)
    {
        Run(workspace, recipe).ExitCode.Should().Be(0);
        var line = new Regex(@"^(?<thread>\d+) +fsync\(\d+<(?<path>[^>]*)>");
        return [.. File.ReadLines(Log(workspace)).Select(text => line.Match(text)).Where(match => match.Success)
            .GroupBy(match => match.Groups["thread"].Value).MaxBy(thread => thread.Count())!.Select(match => match.Groups["path"].Value)];
    }

    private static string Log(Workspace workspace) => workspace.At("flushes.txt");

    // The injected error hits a flush of each thread, but the run's thread makes nearly all of them.
    private static ProgramResult Run(Workspace workspace, string recipe, params string[] tracing)
    {
        ProcessStartInfo start = TenonProgram.Describe(workspace.Folder, "run", recipe);
        string[] command = [start.FileName, .. start.ArgumentList];
        start.FileName = Strace;
        start.ArgumentList.Clear();
        string[] words =
        [
            "--follow-forks", "--seccomp-bpf", "--decode-fds", "--quiet=all", "--trace=fsync",
            "--output", Log(workspace), .. tracing, "--", .. command,
        ];
        foreach (string word in words)
            start.ArgumentList.Add(word);
        return TenonProgram.Finish(Process.Start(start)!);
    }
}
