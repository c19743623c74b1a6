using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Events;
using Tenon.Host.Planning;
using Tenon.Host.Recipes;

namespace Tenon.Benchmarks;

/// <summary>
/// Compares what <c>tenon plan --cluster this --measure</c> predicts with the run itself: time of the steps with the work between
/// them, and peak memory. In each round, both run once for each recipe, each in its own process.
/// </summary>
internal static class PlansSection
{
    private static readonly string[] _recipes =
        ["gpt-sdk-docs", "bert-sdk-docs", "llama-sdk-docs", "vit-digits", "resnet-fashion", "swin-fashion"];

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        Table table = Settings.Table(
            $"training as tenon plan --measure predicts it, and as it ran, {settings.Where}, medians of {settings.Rounds}",
            "recipe", "steps", "predicted, s", "ran, s", "ratio", "predicted, MiB", "ran, MiB", "ratio");
        foreach (string name in settings.IsSmall ? _recipes[3..4] : _recipes)
        {
            string[] arguments = [name, .. new[] { settings.Steps ?? 0, settings.Threads }.Select(number => $"{number}")];
            List<(Training Predicted, Training Ran)> rounds = PairedRounds.Measure(
                settings.Rounds, name, () => Case.Result<Training>(["planned", .. arguments]),
                () => Case.Result<Training>(["trained", .. arguments]));
            table.AddRow([
                name, rounds[0].Ran.Steps.ToString("N0", CultureInfo.InvariantCulture),
                .. PairedRounds.Cells(rounds, training => training.Seconds, "N1"),
                .. PairedRounds.Cells(rounds, training => training.PeakBytes / (1 << 20), "N0")]);
        }

        Settings.Show(table);
    }

    /// <summary>Plans in this process and prints the prediction.</summary>
    /// <param name="name">Name of a shipped recipe.</param>
    /// <param name="steps">Steps; 0 for the recipe's own.</param>
    /// <param name="threads">Number of threads.</param>
    public static void PrintPlanned(string name, int steps, int threads)
    {
        using var host = new TenonHost();
        Recipe recipe = Read(host, name, steps, threads);
        MeasuredRun measured = host.Plan(recipe, new ClusterRequest { Cluster = "this", Measures = true }).Measured!;
        Print(new Training(recipe.Training.Steps, measured.Seconds(recipe.Training.Steps - 1), measured.PeakBytes ?? 0));
    }

    /// <summary>Trains in this process and prints the time after the first step, which also compiles code.</summary>
    /// <param name="name">Name of a shipped recipe.</param>
    /// <param name="steps">Steps; 0 for the recipe's own.</param>
    /// <param name="threads">Number of threads.</param>
    public static void PrintTrained(string name, int steps, int threads)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            using var host = new TenonHost();
            Recipe recipe = Read(host, name, steps, threads) with { Output = folder };
            var clock = new Stopwatch();
            host.Run(recipe, happened =>
            {
                if (happened is StepCompleted { Step: 1 })
                    clock.Start();
                else if (happened is StepCompleted { Step: var step, Total: var total } && step == total)
                    clock.Stop();
            });
            using Process process = Process.GetCurrentProcess();
            Print(new Training(recipe.Training.Steps, clock.Elapsed.TotalSeconds, process.PeakWorkingSet64));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Recipe Read(TenonHost host, string name, int steps, int threads)
    {
        List<string> overrides = [$"--device:threads={threads}"];
        if (steps > 0)
            overrides.Add($"--training:steps={steps}");
        RecipeReading reading = host.Read(Path.Combine(AppContext.BaseDirectory, "recipes", $"{name}.json"), overrides);
        return reading.Recipe ?? throw new RecipeException(reading.Findings);
    }

    private static void Print(Training training) => Console.WriteLine(Case.Marker + JsonSerializer.Serialize(training));

    private sealed record Training(long Steps, double Seconds, double PeakBytes);
}
