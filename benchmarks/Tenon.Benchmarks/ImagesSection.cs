using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SkiaSharp;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Recipes;

namespace Tenon.Benchmarks;

/// <summary>
/// Measures the peak memory of <c>tenon run</c> for training steps at 224×224 on a folder of JPEG files, none of which stay in
/// memory.
/// </summary>
internal static class ImagesSection
{
    private const int Steps = 3, BatchSize = 32;
    private const int Classes = 4, FilesPerClass = 64;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        int steps = settings.Steps ?? Steps;
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            WriteImages(Path.Combine(folder, "images"));
            using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
            Table table = Settings.Table(
                $"peak memory (VmHWM) of {steps} training steps of {BatchSize} images at 224×224, {settings.Where}",
                "model", "precision", "planned, GiB", "measured, GiB");
            (string, string, string)[] models = [("ViT-B/16", "vit", "vit-base"), ("Swin-T", "swin", "swin-tiny")];
            foreach ((string title, string use, string preset) in models)
            {
                foreach (string precision in new[] { "fp32", "bf16" })
                {
                    string recipe = Recipe(folder, $"{preset}-{precision}", use, preset, precision, steps, settings.Threads);
                    RecipeReading reading = host.Read(recipe);
                    long planned = host.Plan(reading.Recipe ?? throw new RecipeException(reading.Findings)).TotalBytes;
                    double peak = PeakMemory.Of("run", recipe);
                    table.AddRow(title, precision, $"{planned / (double)(1 << 30):F2}", $"{peak / (1 << 20):F2}");
                }
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Recipe(string folder, string name, string use, string preset, string precision, int steps, int threads)
    {
        string file = Path.Combine(folder, $"{name}.json");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "name": "{{name}}", "output": "runs",
              "device": { "use": "cpu", "precision": "{{precision}}", "threads": {{threads}} },
              "data": { "use": "image-folders", "path": "images", "size": 224, "cacheMegabytes": 0, "testShare": 0 },
              "model": {
                "use": "{{use}}", "preset": "{{preset}}", "randAugment": 2, "mixup": 0.8, "cutmix": 1, "erasingProbability": 0.25
              },
              "strategy": { "use": "pretrain" },
              "training": { "steps": {{steps}}, "batchSize": {{BatchSize}}, "learningRate": 1e-4, "logEvery": 1 },
              "validation": { "share": 0 }
            }
            """));
        return file;
    }

    // Noise, which compresses to files as large as those of photographs.
    private static void WriteImages(string folder)
    {
        var random = new Random(1);
        using var noise = new SKBitmap(500, 375, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (int i = 0; i < Classes * FilesPerClass; i++)
        {
            string parent = Path.Combine(folder, $"class {i % Classes}");
            Directory.CreateDirectory(parent);
            random.NextBytes(noise.GetPixelSpan());
            using SKData encoded = noise.Encode(SKEncodedImageFormat.Jpeg, 80);
            using FileStream file = File.Create(Path.Combine(parent, $"{i}.jpg"));
            encoded.SaveTo(file);
        }
    }
}
