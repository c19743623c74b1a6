using System.Globalization;
using Spectre.Console;
using Tenon;
using Tenon.Benchmarks;

// dotnet run --project benchmarks/Tenon.Benchmarks -c Release [rounds] [steps]
// Medians over rounds; in each round every way runs once, so that a slow phase of the machine meets all of them.
int rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
int steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
string folder = Path.Combine(Path.GetTempPath(), $"tenon-benchmark-{Guid.NewGuid():N}");
Directory.CreateDirectory(folder);
try
{
    var shape = new Shape(Layers: 6, HiddenSize: 384, Heads: 6, ContextLength: 256, BatchSize: 8, VocabularySize: 257);
    var loops = new TrainingLoops(shape, folder);
    (string Name, Func<double> Run)[] ways =
    [
        ("plain TorchSharp loop, torch's AdamW, fp32", () => loops.Plain(steps)),
        ("model and step called directly, fp32", () => loops.Direct(steps, Precision.Fp32)),
        ("through host and plugins, fp32", () => loops.Host(steps, Precision.Fp32)),
        ("model and step called directly, bf16", () => loops.Direct(steps, Precision.Bf16)),
        ("through host and plugins, bf16", () => loops.Host(steps, Precision.Bf16)),
    ];
    var measured = ways.ToDictionary(way => way.Name, _ => new List<double>());
    for (int round = 0; round < rounds; round++)
    {
        foreach ((string name, Func<double> run) in ways)
            measured[name].Add(run());
    }

    double baseline = Median(measured[ways[0].Name]);
    var table = new Table().Title($"training a GPT: {shape.Layers} layers, {shape.HiddenSize} hidden, context {shape.ContextLength}, batch {shape.BatchSize}, vocabulary {shape.VocabularySize}")
        .AddColumn("way").AddColumn("tokens/s").AddColumn("ratio to the plain loop");
    foreach ((string name, _) in ways)
        table.AddRow(name, $"{Median(measured[name]):N0}", $"{Median(measured[name]) / baseline:F2}");
    AnsiConsole.Write(table);
    AnsiConsole.WriteLine($"Host and plugins against the direct call: fp32 {Ratio(ways[2].Name, ways[1].Name):F3}, bf16 {Ratio(ways[4].Name, ways[3].Name):F3}.");

    File.WriteAllText(Path.Combine(folder, "small.json"), $$"""
        {
          "name": "small", "output": "{{folder.Replace('\\', '/')}}/runs",
          "device": { "use": "cpu" }, "data": { "use": "text-files", "files": ["text.txt"] }, "tokenizer": { "use": "bytes" },
          "model": { "use": "gpt", "layers": 2, "hiddenSize": 64, "heads": 2, "contextLength": 64 },
          "strategy": { "use": "pretrain" }, "training": { "steps": 100000 }, "validation": { "share": 0 }
        }
        """);
    string list = $"{Median([.. Enumerable.Range(0, 2 * rounds).Select(_ => Startup.Command("list"))]):F2}";
    string first = $"{Median([.. Enumerable.Range(0, rounds).Select(_ => Startup.FirstStep(Path.Combine(folder, "small.json")))]):F2}";
    AnsiConsole.WriteLine($"tenon list: {list} s. From the command to the first step of a small model: {first} s.");

    double Ratio(string way, string to) => Median(measured[way]) / Median(measured[to]);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static double Median(List<double> values)
{
    double[] sorted = [.. values.Order()];
    int middle = sorted.Length / 2;
    return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
