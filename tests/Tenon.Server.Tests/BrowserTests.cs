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
        string runs = Directory.CreateDirectory(served.At("shown")).FullName;
        string pictures = Directory.CreateDirectory(served.At("pictures")).FullName;
        if (!Directory.Exists(served.Model("long")))
        {
            // Replies that take long enough to be stopped.
            string reply = string.Concat(Enumerable.Repeat("ha ", 200));
            served.Write("long.jsonl", _ => $$"""{"prompt": "dog", "response": "{{reply}}"}""");
            served.Train("long", """{ "use": "chat", "files": ["long.jsonl"] }""", """ "tokenizer": { "use": "bytes" }""",
                """{ "use": "gpt", "layers": 4, "hiddenSize": 128, "heads": 4, "contextLength": 1024 }""", "finetune", steps: 25,
                learningRate: 5e-3);
        }

        await using OtherServer server = await Served.StartAsync(
            new ServerOptions { Runs = runs }, served.OpenAsync("chat"), served.OpenAsync("long"));
        CopyRun("images", runs);
        Process? run = null;
        try
        {
            using Process script = Start(node!,
                Path.Combine(AppContext.BaseDirectory, "Browser", "page.mjs"), $"{server.Address}", Modules, browser!, pictures);
            Task<string> errors = script.StandardError.ReadToEndAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            List<string> done = [];
            while (await script.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                done.Add(line);
                if (line == "stops")
                    run = StartRun(runs);
            }

            await script.WaitForExitAsync(limit.Token);

            Keep(pictures);
            script.ExitCode.Should().Be(0, await errors);
            done.Should().Equal(
                "chats", "regenerates", "stops", "shows-a-run-while-it-trains", "shows-the-run-after-its-end",
                "shows-pictures-in-the-dark");
        }
        finally
        {
            if (run is { HasExited: false })
                run.Kill(entireProcessTree: true);
            run?.Dispose();
        }
    }

    // A run that takes long enough to look at it.
    private Process StartRun(string output)
    {
        File.WriteAllText(served.At("live.json"), $$"""
            {
              "name": "live", "output": "{{output}}", "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" }, "tokenizer": { "use": "bytes" },
              "model": { "use": "gpt", "layers": 2, "hiddenSize": 64, "heads": 2, "contextLength": 128 }, "strategy": { "use": "pretrain" },
              "training": { "steps": 600, "batchSize": 8, "learningRate": 1e-3, "logEvery": 5 },
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
