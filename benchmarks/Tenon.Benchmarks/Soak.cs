using System.Diagnostics;
using Tenon.Gpt;
using Tenon.Host.Inference.Text;
using Tenon.Tokenizers;
using TorchSharp;

namespace Tenon.Benchmarks;

/// <summary>What the process holds after a number of rounds.</summary>
/// <param name="Done">Completed rounds.</param>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="Tensors">Live tensors.</param>
/// <param name="ManagedBytes">Managed memory after a collection.</param>
/// <param name="Handles">Open files and other handles.</param>
/// <param name="PerSecond">Rounds per second.</param>
internal sealed record SoakRow(int Done, long ResidentBytes, long Tensors, long ManagedBytes, int Handles, double PerSecond);

/// <summary>Repeats small work many times and measures what the process holds.</summary>
internal static class Soak
{
    // Allocates the memory that all later rounds reuse.
    private const int WarmUp = 100;
    private const int NewTokens = 8;

    /// <summary>Trains a small GPT.</summary>
    /// <param name="rounds">Number of steps.</param>
    /// <param name="rows">Measurements after the first, which follows the warm-up.</param>
    /// <param name="threads">Number of torch threads.</param>
    public static IEnumerable<SoakRow> Steps(int rounds, int rows, int threads)
    {
        using IOpenDevice device = Case.Open("cpu", "fp32", threads);
        using Workload workload = Workloads.Build("soak", device);
        using Host.Training.TrainingStep step = TrainingLoops.Step(workload.Model, rounds);
        foreach (SoakRow row in Repeat(rounds, rows, done => step.Run(done, [workload.Batch], workload.Model.Loss)))
            yield return row;
    }

    /// <summary>Generates texts with a small GPT, each from its own prompt and random numbers.</summary>
    /// <inheritdoc cref="Steps"/>
    public static IEnumerable<SoakRow> Generations(int rounds, int rows, int threads)
    {
        using IOpenDevice device = Case.Open("cpu", "fp32", threads);
        using Workload workload = Workloads.Build("soak", device);
        workload.Model.Module.eval();
        var model = (GptModel)workload.Model;
        var generator = new TextGenerator();
        ITokenizer tokenizer = new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext(".", [], _ => { }));
        var sampling = new SamplingOptions { MaxNewTokens = NewTokens, Temperature = 1 };
        foreach (SoakRow row in Repeat(rounds, rows,
            done => generator.Generate(model, tokenizer, [$"text {done}"], sampling, new SeededRandom((ulong)done))))
            yield return row;
    }

    private static IEnumerable<SoakRow> Repeat(int rounds, int rows, Action<int> round)
    {
        using Process process = Process.GetCurrentProcess();
        long start = Stopwatch.GetTimestamp();
        int done = 0;
        for (int row = 0; row <= rows; row++)
        {
            int until = row == 0 ? Math.Min(WarmUp, rounds) : (int)((long)rounds * row / rows);
            for (; done < until; done++)
                round(done);
            long managed = GC.GetTotalMemory(forceFullCollection: true);
            process.Refresh();
            yield return new SoakRow(
                done, process.WorkingSet64, torch.Tensor.TotalCount, managed, process.HandleCount,
                done / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }
}
