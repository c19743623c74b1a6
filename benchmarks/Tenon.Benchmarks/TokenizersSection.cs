using Spectre.Console;
using Tenon.Tokenizers;
using Tenon.Tokenizers.Tests;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace Tenon.Benchmarks;

/// <summary>
/// Compares the tokenizer <c>huggingface</c> with Hugging Face's tokenizers library (NuGet Tokenizers.DotNet) on lines in many
/// languages and scripts. In each pair of runs, both encode the same lines, which neither has encoded before. Processor time is
/// measured, not elapsed time, so that other processes disturb little.
/// </summary>
internal static class TokenizersSection
{
    private const int Pairs = 20;
    private const int LinesOfRun = 4000;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int pairs = settings.Steps ?? Pairs;
        string[] lines = Lines(LinesOfRun * (pairs + 1)); // the first run warms up
        Table table = Settings.Table(
            $"encoding, medians of {pairs} paired runs of {LinesOfRun} lines, one thread",
            "vocabulary", "Tenon, characters/s", "Tokenizers.DotNet, characters/s", "ratio");
        foreach (string folder in settings.Folders)
        {
            ITokenizer ours = new HuggingFaceTokenizer().Open(folder);
            using var oracle = new Oracle(Path.Combine(folder, "tokenizer.json"));
            var runs = new List<(double Ours, double Oracle)>();
            foreach ((int run, string[] part) in lines.Chunk(LinesOfRun).Index())
            {
                // The second run finds the lines in the processor's caches.
                double own = 0;
                if (run % 2 == 0)
                    own = Speed(part, line => ours.Encode(line, recognizeSpecial: true).Count);
                double other = Speed(part, line => oracle.Encode(line).Length);
                if (run % 2 == 1)
                    own = Speed(part, line => ours.Encode(line, recognizeSpecial: true).Count);
                if (run > 0)
                    runs.Add((own, other));
            }

            table.AddRow(
                Markup.Escape(folder), $"{Middle(runs, run => run.Ours):N0}", $"{Middle(runs, run => run.Oracle):N0}",
                $"{Middle(runs, run => run.Ours / run.Oracle):F2}");
        }

        Settings.Show(table);
    }

    private static double Middle(List<(double Ours, double Oracle)> runs, Func<(double Ours, double Oracle), double> value) =>
        CaseResult.Middle([.. runs.Select(value)]);

    // Characters per second of processor time.
    private static double Speed(string[] lines, Func<string, int> encode)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        long tokens = 0;
        foreach (string line in lines)
            tokens += encode(line);
        double seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        return tokens > 0 ? lines.Sum(line => line.Length) / seconds : 0;
    }

    // As in the tests that compare ids: the library takes C strings, which end at U+0000.
    private static string[] Lines(int count)
    {
        string[] lines = [.. VariedTexts.Lines(count).Select(line => line.Replace("\0", "", StringComparison.Ordinal))];
        new Random(1).Shuffle(lines);
        return lines;
    }
}
