using System.Diagnostics;
using Tenon.Tests;

namespace Tenon.Server.Tests;

/// <summary>The page in headless Chromium, which <c>.ci/run</c> installs with playwright-core below artifacts/browser.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class BrowserTests(Served served)
{
    private static readonly string Modules = Path.Combine(Repository.Root, "artifacts", "browser");

    [SkippableFact]
    public async Task The_page_chats_and_shows_a_run_while_it_trains()
    {
        string? browser = Program("chromium"), node = Program("node");
        Skip.If(browser is null || node is null, "chromium or node is not installed.");
        Skip.IfNot(Directory.Exists(Path.Combine(Modules, "node_modules", "playwright-core")),
            "npm playwright-core is not installed; .ci/run installs it below artifacts/browser.");
        string runs = Directory.CreateDirectory(served.At("shown")).FullName, pictures = Directory.CreateDirectory(served.At("pictures")).FullName;
        if (!Directory.Exists(served.Model("long")))
        {
            served.Train("long", """{ "use": "chat", "files": ["chats.jsonl"] }""", """ "tokenizer": { "use": "bytes" }""",
                """{ "use": "gpt", "layers": 4, "hiddenSize": 128, "heads": 4, "contextLength": 8192 }""", "finetune");
        }

        await using OtherServer server = await served.StartAsync(
            new ServerOptions { Runs = runs }, served.OpenAsync("chat"), served.OpenAsync("long"));
        using Process run = StartRun(runs);
        try
        {
            CopyRun("images", runs);
            using Process script = Start(node!,
                Path.Combine(AppContext.BaseDirectory, "Browser", "page.mjs"), $"{server.Address}", Modules, browser!, pictures);
            Task<string> output = script.StandardOutput.ReadToEndAsync(), errors = script.StandardError.ReadToEndAsync();
            await script.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(4)).Token);

            script.ExitCode.Should().Be(0, await errors + await output);
            (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(
                "chats", "regenerates", "stops", "shows-a-run-while-it-trains", "shows-the-run-after-its-end", "shows-pictures-in-the-dark");
            Keep(pictures);
        }
        finally
        {
            if (!run.HasExited)
                run.Kill(entireProcessTree: true);
        }
    }

    // A run that takes as long as the browser needs to look at it.
    private Process StartRun(string output)
    {
        File.WriteAllText(served.At("live.json"), $$"""
            {
              "name": "live", "output": "{{output}}", "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" }, "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": 2, "hiddenSize": 64, "heads": 2, "contextLength": 128 }, "strategy": { "use": "pretrain" },
              "training": { "steps": 1500, "batchSize": 8, "learningRate": 1e-3, "logEvery": 5 },
              "validation": { "every": 20, "batches": 1 }, "samples": { "prompts": ["the"], "every": 20, "maxNewTokens": 20 }
            }
            """);
        return Start("dotnet", Path.Combine(AppContext.BaseDirectory, "tenon.dll"), "run", served.At("live.json"));
    }

    private void CopyRun(string name, string to)
    {
        foreach (string file in Directory.EnumerateFiles(served.Model(name), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, name, Path.GetRelativePath(served.Model(name), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    // Where a person can look at them.
    private static void Keep(string pictures)
    {
        string kept = Directory.CreateDirectory(Path.Combine(Modules, "pictures")).FullName;
        foreach (string file in Directory.GetFiles(pictures))
            File.Copy(file, Path.Combine(kept, Path.GetFileName(file)), overwrite: true);
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string? Program(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
