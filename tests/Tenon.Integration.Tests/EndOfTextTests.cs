using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>
/// A folder with several ids that end a text: everything that generates ends at each of them, and so do models made from it.
/// </summary>
[Collection(InOneProcess.Name)]
public sealed class EndOfTextTests : IDisposable
{
    private const int Tokenizer = 256;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-end-");
    private readonly string _base;
    private readonly int[] _endless;
    private readonly int[] _ended;

    public EndOfTextTests()
    {
        _base = Path.Combine(_folder.FullName, "base");
        Directory.CreateDirectory(_base);
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "data", "hub", "gpt2-value-head")))
            File.Copy(file, Path.Combine(_base, Path.GetFileName(file)));
        _endless = Ids("base");
        int end = _endless[^1];
        _ended = _endless[..Array.IndexOf(_endless, end)];
        File.WriteAllText(Path.Combine(_base, "generation_config.json"),
            new JsonObject { ["eos_token_id"] = new JsonArray(Tokenizer, end) }.ToJsonString());
        File.WriteAllLines(Path.Combine(_folder.FullName, "text.txt"), Enumerable.Range(0, 200).Select(i => $"a line of text, the {i}th"));
        File.WriteAllText(Path.Combine(_folder.FullName, "prompts.txt"), "a\n");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Models_that_come_from_the_folder()
    {
        Ids("base").Should().Equal(_ended);
        Run("tuned", "pretrain");
        Run("lora", "lora");
        ProgramResult merge = Tenon("merge", "runs/lora", "--output", "merged");
        merge.ExitCode.Should().Be(0, merge.All);

        foreach (string folder in new[] { "runs/tuned", "runs/lora", "merged" })
        {
            Ids(folder).Should().Equal(_ended, folder);
            JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.FullName, folder, "generation_config.json")))!["eos_token_id"]!
                .Deserialize<int[]>().Should().Contain([Tokenizer, _endless[^1]], folder);
        }
    }

    [Fact]
    public void Samples_during_training()
    {
        Run("tuned", "pretrain");

        ProgramResult text = Tenon("generate", "base", "--prompt", "a", "--temperature", "0", "-n", "12");
        File.ReadAllText(Path.Combine(_folder.FullName, "runs", "tuned", "samples", "step-00000001.txt")).Trim().Should()
            .Be(text.Output.Trim());
    }

    [Fact]
    public void Judged_texts()
    {
        ProgramResult judge = Tenon(
            "judge", "base", "--reward", "length", "--prompts", "prompts.txt", "--temperature", "0.001", "-n", "12", "--json");

        judge.ExitCode.Should().Be(0, judge.All);
        JsonNode report = JsonNode.Parse(judge.Output)!;
        report["ended"]!.GetValue<double>().Should().Be(1);
        report["tokens"]!.GetValue<double>().Should().Be(_ended.Length + 1);
    }

    // One step with a learning rate that changes no text.
    private void Run(string name, string strategy)
    {
        string recipe = Path.Combine(_folder.FullName, $"{name}.json");
        File.WriteAllText(recipe, $$"""
            {
              "name": "{{name}}", "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
              "model": { "use": "gpt", "from": "base" }, "strategy": { "use": "{{strategy}}" },
              "training": { "steps": 1, "batchSize": 4, "learningRate": 1e-9 }, "validation": { "batches": 1 },
              "samples": { "prompts": ["a"], "maxNewTokens": 12, "temperature": 0 }
            }
            """);
        ProgramResult run = Tenon("run", recipe);
        run.ExitCode.Should().Be(0, run.All);
    }

    private int[] Ids(string folder)
    {
        ProgramResult generate = Tenon("generate", folder, "--prompt", "a", "--temperature", "0", "-n", "12", "--json");
        generate.ExitCode.Should().Be(0, generate.All);
        return JsonNode.Parse(generate.Output)![0]!["ids"]!.Deserialize<int[]>()!;
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_folder.FullName, arguments);
}
