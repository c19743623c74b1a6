using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Translation as users of the program meet it.</summary>
[Collection(InOneProcess.Name)]
public sealed class TranslationTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Translations_are_compared_with_a_dictionary_and_a_translation_memory()
    {
        string[] sentences = [.. File.ReadLines(_workspace.At("text.txt")).Distinct().Take(60)];
        File.WriteAllLines(
            _workspace.At("train.tsv"), ["first\tsecond", .. sentences.Take(50).Select(text => $"{text}\t{text.ToUpperInvariant()}")]);
        File.WriteAllLines(
            _workspace.At("held-out.tsv"),
            [
                "first\tsecond", "entirely unknown words here\tENTIRELY UNKNOWN WORDS HERE",
                .. sentences.Skip(50).Select(text => $"{text}\t{text.ToUpperInvariant()}"),
            ]);
        File.WriteAllText(_workspace.At("translate.json"), """
            {
              "name": "translate",
              "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "text-pairs", "files": ["train.tsv"], "validation": ["held-out.tsv"] },
              "tokenizer": { "use": "bytes" },
              "model": { "use": "marian", "preset": "transformer", "layers": 1, "hiddenSize": 16, "heads": 2, "contextLength": 40 },
              "strategy": { "use": "pretrain" },
              "training": { "steps": 2, "batchSize": 4 }
            }
            """);
        ProgramResult run = Tenon("run", "translate.json");
        run.ExitCode.Should().Be(0, run.All);

        ProgramResult eval = Tenon("eval", "runs/translate", "--answers", "20", "--output", "figures");

        eval.ExitCode.Should().Be(0, eval.All);
        eval.Output.Should().MatchRegex(@"chrF, BLEU of a word-by-word dictionary \W+[\d.]+, [\d.]+")
            .And.MatchRegex(@"sources unlike training \(similarity below 0\.6\)\W+1\W")
            .And.MatchRegex(@"chrF, BLEU of a translation memory of these\W+[\d.]+, 0\.0")
            .And.NotContain("nearest training reply");
        JsonNode figures = JsonNode.Parse(File.ReadAllText(_workspace.At("figures", "evaluation.json")))!["answers"]!;
        JsonNode all = figures["translations"]!["all"]!;
        all["texts"]!.GetValue<int>().Should().Be(11);
        all["model"]!["chrF"]!.GetValue<double>().Should().BeApproximately(figures["chrF"]!.GetValue<double>(), 1e-9);
        all["dictionary"]!["bleu"]!.GetValue<double>().Should().BeGreaterThan(50, "every word but four is in the dictionary");
        figures["translations"]!["unfamiliar"]!["texts"]!.GetValue<int>().Should().Be(1);
        figures["chrFOfNearest"]!.GetValue<double>().Should().Be(all["memory"]!["chrF"]!.GetValue<double>());
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_workspace.Folder, arguments);
}
