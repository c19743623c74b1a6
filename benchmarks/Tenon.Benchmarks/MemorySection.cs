using System.Globalization;
using Spectre.Console;

namespace Tenon.Benchmarks;

/// <summary>Measures the peak memory of <c>tenon generate</c> with the smallest GPT-2 for each weight format.</summary>
internal static class MemorySection
{
    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            RandomGpt.Write(RandomGpt.Gpt2, folder);
            Table table = Settings.Table(
                $"peak memory (VmHWM) of tenon generate, GPT-2 124M, {settings.Steps ?? 64} tokens, {settings.Where}",
                "weights", "MiB", "GiB");
            foreach (string format in new[] { "fp32", "bf16", "int8" })
            {
                double peak = PeakMemory.Of(
                    "generate", folder, "--weights", format, "--prompt", "a b c d e f g h",
                    "--max-new-tokens", (settings.Steps ?? 64).ToString(CultureInfo.InvariantCulture),
                    $"--device:threads={settings.Threads.ToString(CultureInfo.InvariantCulture)}");
                table.AddRow(format, $"{peak / (1 << 10):N0}", $"{peak / (1 << 20):F2}");
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
