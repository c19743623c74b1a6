using Spectre.Console;

namespace Tenon.Benchmarks;

/// <summary>How long a user waits for a command and for a small model's first step.</summary>
internal static class StartupSection
{
    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            string recipe = Path.Combine(folder, "small.json");
            File.WriteAllText(
                Path.Combine(folder, "text.txt"),
                string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i} of the text that is trained on\n")));
            File.WriteAllText(recipe, $$"""
                {
                  "name": "small", "output": "{{folder.Replace('\\', '/')}}/runs",
                  "device": { "use": "cpu" }, "data": { "use": "text-files", "files": ["text.txt"] }, "tokenizer": { "use": "bytes" },
                  "model": { "use": "gpt", "layers": 2, "hiddenSize": 64, "heads": 2, "contextLength": 64 },
                  "strategy": { "use": "pretrain" }, "training": { "steps": 100000 }, "validation": { "share": 0 }
                }
                """);
            Table table = Settings.Table($"waiting, medians of {settings.Rounds}", "measurement", "seconds");
            table.AddRow("tenon list", $"{Median(() => Startup.Command("list")):F2}");
            table.AddRow("from the command to a small model's first step", $"{Median(() => Startup.FirstStep(recipe)):F2}");
            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        double Median(Func<double> measure) => CaseResult.Middle([.. Enumerable.Range(0, settings.Rounds).Select(_ => measure())]);
    }
}
