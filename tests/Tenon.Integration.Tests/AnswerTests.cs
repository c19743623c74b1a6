using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Questions about passages from a file in SQuAD's format to <c>tenon answer</c> and <c>tenon eval</c>.</summary>
[Collection(InOneProcess.Name)]
public sealed class AnswerTests(BertRuns runs) : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_model_learns_from_a_file_and_answers_questions_about_texts()
    {
        File.WriteAllText(_workspace.At("questions.json"), Questions());
        ProgramResult run = Tenon("run", Recipe("asked"));
        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("1 file, 96 questions (24 questions without an answer)").And.Contain("answer runs/asked \"who");

        ProgramResult json = Tenon("answer", "runs/asked", "who sees the dog?", "who sees?", "--passage", Long(), "--top", "3", "--json");
        json.ExitCode.Should().Be(0, json.All);
        JsonNode answered = JsonNode.Parse(json.Output)!;
        answered.AsArray().Should().HaveCount(2);
        answered[0]!["question"]!.GetValue<string>().Should().Be("who sees the dog?");
        JsonArray answers = answered[0]!["answers"]!.AsArray();
        answers.Should().HaveCount(3);
        foreach (JsonNode? answer in answers.Where(answer => answer!["start"] is not null))
        {
            (int start, int end) = (answer!["start"]!.GetValue<int>(), answer["end"]!.GetValue<int>());
            answer["text"]!.GetValue<string>().Should().Be(Long()[start..end]);
        }

        Tenon("answer", "runs/asked", "who sees?", "--passage", "the cat.", "--threshold", "1000").Output.Should()
            .Contain("probability").And.NotContain("no answer");
        Tenon("answer", "runs/asked", "who sees?", "--passage", "the cat.", "--threshold", "-1000").Output.Should().Contain("no answer");
        File.WriteAllText(_workspace.At("text.md"), Long());
        ProgramResult document = Tenon("answer", "runs/asked", "who sees?", "--document", "text.md");
        document.ExitCode.Should().Be(0, document.All);

        ProgramResult eval = Tenon("eval", "runs/asked", "--output", "measured");
        eval.ExitCode.Should().Be(0, eval.All);
        eval.Output.Should().Contain("exact answers").And.Contain("F1 of answers").And.Contain("F1 of the TF-IDF sentence")
            .And.Contain("unanswerable questions found");
        JsonNode figures = JsonNode.Parse(File.ReadAllText(_workspace.At("measured", "evaluation.json")))!["questions"]!;
        figures["f1"]!.GetValue<double>().Should().BeInRange(0, 1);
        figures["baseline"]!["threshold"]!.GetValue<double>().Should().BeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public void A_file_in_another_format_is_one_sentence_with_file_and_line()
    {
        File.WriteAllText(_workspace.At("questions.json"), "{\n\"rows\": []}");

        ProgramResult run = Tenon("run", Recipe("other"));

        run.ExitCode.Should().Be(4, run.All);
        run.Errors.Trim().Should().Contain("questions.json:2: not in SQuAD's format: there is no list 'data'.").And.NotContain("\n");
        Directory.Exists(_workspace.At("runs", "other")).Should().BeFalse();
    }

    [Theory]
    [InlineData(2, "Pass the text to search: either --passage", "--top", "2")]
    [InlineData(2, "Pass the text to search: either --passage", "--passage", "a", "--document", "b.txt")]
    [InlineData(2, "The document 'b.txt' does not exist.", "--document", "b.txt")]
    [InlineData(2, "--top takes 1 … 20; found 21.", "--passage", "a", "--top", "21")]
    [InlineData(4, "has the head 'sequence-classification', which does not predict spans of a passage. Set 'head' to 'question-answering'.",
        "--passage", "a")]
    public void Mistakes_are_one_sentence(int code, string sentence, params string[] options)
    {
        ProgramResult result = runs.Tenon(["answer", "runs/labelled", "who?", .. options]);

        result.ExitCode.Should().Be(code, result.All);
        result.Errors.Should().Contain(sentence);
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_workspace.Folder, arguments);

    // Longer than the context of 24 tokens.
    private static string Long() => string.Concat(Enumerable.Repeat("the bird hears the fish. ", 8)) + "the cat sees the dog.";

    private static string Questions()
    {
        string[] nouns = ["cat", "dog", "bird", "fish", "horse", "mouse"];
        var questions = nouns.SelectMany(one => nouns.Where(other => other != one).Select(other => (one, other))).Take(24)
            .SelectMany((pair, at) => Enumerable.Range(0, 4).Select(kind => new
            {
                context = $"the {pair.one} sees the {pair.other}.",
                qas = new[]
                {
                    new
                    {
                        id = $"{at}-{kind}",
                        question = kind == 3 ? "who hears the horse?" : "who sees the " + pair.other + "?",
                        is_impossible = kind == 3,
                        answers = kind == 3 ? [] : new[] { new { text = pair.one, answer_start = 4 } },
                    },
                },
            }));
        return JsonSerializer.Serialize(new { data = new[] { new { paragraphs = questions } } });
    }

    private string Recipe(string name)
    {
        string file = _workspace.At($"{name}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}",
              "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "squad", "files": ["questions.json"] },
              "tokenizer": { "use": "wordpiece", "vocabularySize": 60 },
              "model": { "use": "bert", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 24, "dropout": 0, "attentionDropout": 0 },
              "strategy": { "use": "pretrain" },
              "training": { "steps": 10, "batchSize": 8, "learningRate": 5e-3, "warmupSteps": 2, "logEvery": 5 },
              "validation": { "share": 0.2, "batches": 4 }
            }
            """);
        return file;
    }
}
