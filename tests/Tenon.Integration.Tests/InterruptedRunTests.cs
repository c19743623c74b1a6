using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tenon.Integration.Tests;

/// <summary>A run that was stopped goes on as if it had not been.</summary>
public sealed partial class InterruptedRunTests
{
    private const int Steps = 120;

    [Fact]
    public async Task Ten_kills_change_nothing_and_leave_no_torn_file()
    {
        using var workspace = new Workspace();
        string recipe = workspace.Recipe("whole", Steps, 10);
        TenonProgram.Run(workspace.Folder, "run", recipe).ExitCode.Should().Be(0);
        var elapsed = Stopwatch.StartNew();
        TenonProgram.Run(workspace.Folder, "run", workspace.Recipe("killed", Steps, 10)).ExitCode.Should().Be(0);
        TimeSpan whole = elapsed.Elapsed;
        Directory.Delete(workspace.At("runs", "killed"), recursive: true);

        var random = new SeededRandom(11);
        int killed = 0;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            bool begun = File.Exists(workspace.At("runs", "killed", "recipe.json"));
            using Process process = TenonProgram.Start(workspace.Folder, Continue());
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(whole * (0.3 + 0.5 * random.NextDouble())))
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                killed++;
            }

            (await output + await errors).Should().NotContain("Unexpected");
            if (!begun && Directory.Exists(workspace.At("runs", "killed")) && !File.Exists(workspace.At("runs", "killed", "recipe.json")))
                Directory.Delete(workspace.At("runs", "killed"), recursive: true);
        }

        killed.Should().BePositive();
        ProgramResult last = TenonProgram.Run(workspace.Folder, Continue());
        last.ExitCode.Should().Be(0, last.All);

        File.ReadAllBytes(workspace.At("runs", "killed", "model.safetensors"))
            .Should().Equal(File.ReadAllBytes(workspace.At("runs", "whole", "model.safetensors")));
        string checkpoint = Path.Combine("checkpoints", $"step-{Steps:D8}");
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "ema.safetensors" })
        {
            File.ReadAllBytes(workspace.At("runs", "killed", checkpoint, file))
                .Should().Equal(File.ReadAllBytes(workspace.At("runs", "whole", checkpoint, file)), file);
        }

        Losses(workspace.At("runs", "killed", "metrics.jsonl")).Should().Equal(Losses(workspace.At("runs", "whole", "metrics.jsonl")));
        Directory.EnumerateFileSystemEntries(workspace.At("runs", "killed"), "*.partial", SearchOption.AllDirectories).Should().BeEmpty();

        // On a busy machine, every kill may come before the first checkpoint, or before the run's folder is complete.
        string[] Continue()
        {
            string run = workspace.At("runs", "killed");
            if (!File.Exists(Path.Combine(run, "recipe.json")))
                return ["run", workspace.At("killed.json")];
            string checkpoints = Path.Combine(run, "checkpoints");
            bool any = Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "step-????????").Any();
            return ["resume", run, .. any ? Array.Empty<string>() : ["--restart"]];
        }
    }

    [Theory]
    [InlineData(Sigterm, 1)]
    [InlineData(Sighup, 2)]
    public async Task A_signal_ends_with_a_checkpoint_and_exit_code_130(int signal, int times)
    {
        if (OperatingSystem.IsWindows())
            return; // Windows has no signals to send.
        using var workspace = new Workspace();
        using Process process = TenonProgram.Start(workspace.Folder, "run", workspace.Recipe("stopped", 100_000, 0));
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("step", StringComparison.Ordinal))
        {
            // Until the first step is done.
        }

        Task<string> rest = process.StandardOutput.ReadToEndAsync();
        for (int sent = 0; sent < times; sent++)
            Kill(process.Id, signal).Should().Be(0);
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.Should().Be(130, await rest + errors);
        errors.Should().Contain("A checkpoint was written");
        string checkpoint = Directory.GetDirectories(workspace.At("runs", "stopped", "checkpoints")).Should().ContainSingle().Subject;

        // The unfinished run can be used, as its newest checkpoint.
        ProgramResult generated = TenonProgram.Run(workspace.Folder, "generate", "runs/stopped", "--prompt", "the ", "-n", "4");
        generated.ExitCode.Should().Be(0, generated.All);
        generated.Errors.Should().Be($"The run in 'runs/stopped' is not finished: this is its model after step " +
            $"{int.Parse(Path.GetFileName(checkpoint)["step-".Length..])}, from its newest checkpoint.{Environment.NewLine}");
    }

    [Fact]
    public async Task A_run_that_ignores_hang_ups_goes_on()
    {
        if (OperatingSystem.IsWindows())
            return; // Windows has no signals to send.
        using var workspace = new Workspace();
        workspace.Recipe("ignoring", 100_000, 0);
        // As nohup does.
        string program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");
        using Process process = Process.Start(new ProcessStartInfo("sh",
            ["-c", $"trap '' HUP; exec dotnet '{program}' run ignoring.json"])
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardOutput = true,
            Environment = { [TenonProgram.CacheVariable] = TenonProgram.Cache(workspace.Folder) },
        })!;
        int lines = 0;
        while (lines < 3 && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("step", StringComparison.Ordinal))
                continue;
            lines++;
            Kill(process.Id, Sighup).Should().Be(0);
        }

        lines.Should().Be(3);
        process.HasExited.Should().BeFalse();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    private static List<string> Losses(string metrics) =>
        [.. File.ReadLines(metrics).Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!)
            .Select(line => $"{line["step"]} {line["train/loss"]} {line["validation/loss"]}")];

    private const int Sighup = 1;
    private const int Sigterm = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
