using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>BERT from recipe to answers: hidden words, classes of texts, tags of words.</summary>
[Collection(InOneProcess.Name)]
public sealed class BertVerbsTests(BertRuns runs)
{
    [Fact]
    public void Hidden_tokens_are_compared_with_counts_and_filled_in()
    {
        runs.Masked.ExitCode.Should().Be(0, runs.Masked.All);
        runs.Masked.Output.Should().Contain("on the same masked tokens").And.Contain("unigram counts").And.Contain("bert (this run)")
            .And.Contain("validation accuracy").And.Contain("fill runs");

        ProgramResult fill = runs.Tenon("fill", "runs/masked", "the [MASK] sees the cat.", "--top", "3", "--json");
        fill.ExitCode.Should().Be(0, fill.All);
        JsonNode.Parse(fill.Output)![0]!["masks"]![0]!.AsArray().Should().HaveCount(3);
        ProgramResult eval = runs.Tenon("eval", "runs/masked");
        eval.ExitCode.Should().Be(0, eval.All);
        eval.Output.Should().Contain("masked tokens predicted").And.Contain("predicted by unigram counts");
    }

    [Fact]
    public void A_masked_language_model_is_evaluated_on_cloze_questions()
    {
        ProgramResult eval = runs.Tenon("eval", "runs/masked", "--answers", "20", "--output", "cloze");

        eval.ExitCode.Should().Be(0, eval.All);
        eval.Output.Should().Contain("masked words filled in correctly").And.Contain("correct by the previous word");
        JsonNode cloze = JsonNode.Parse(File.ReadAllText(runs.Workspace.At("cloze", "evaluation.json")))!["cloze"]!;
        cloze["questions"]!.GetValue<int>().Should().Be(20);
        cloze["accuracyOfFive"]!.GetValue<double>().Should().BeInRange(cloze["accuracy"]!.GetValue<double>(), 1);
        cloze["example"]!.GetValue<string>().Should().Contain("[MASK]").And.Contain(" → ");
        runs.Tenon("eval", "runs/labelled", "--answers", "20").Errors.Should().Contain("does not predict masked tokens");
    }

    [Theory]
    [InlineData("--model:wholeWord", "true")]
    [InlineData("--model:head", "pre-training")]
    public void Whole_words_and_next_sentences_are_settings(string key, string value)
    {
        string name = value == "true" ? "whole" : "pairs";
        string recipe = runs.Recipe(name, """{ "use": "text-files", "files": ["text.txt"], "documents": "line" }""", 3);
        ProgramResult run = runs.Tenon("run", recipe, key, value);

        run.ExitCode.Should().Be(0, run.All);
        runs.Tenon("fill", $"runs/{name}", "the [MASK] sees the cat.").ExitCode.Should().Be(0);
    }

    [Fact]
    public void Words_are_tagged_and_entities_counted()
    {
        runs.Tagged.ExitCode.Should().Be(0, runs.Tagged.All);
        runs.Tagged.Output.Should().Contain("most frequent class of each word").And.Contain("validation entity F1")
            .And.Contain("classify runs");
        File.ReadAllText(runs.Workspace.At("runs", "tagged", "config.json")).Should().Contain("BertForTokenClassification")
            .And.Contain("B-animal");

        ProgramResult json = runs.Tenon("classify", "runs/tagged", "the dog sees the cat", "--json");
        json.ExitCode.Should().Be(0, json.All);
        string[] tags = [.. JsonNode.Parse(json.Output)![0]!["words"]!.AsArray().Select(word => word!["tag"]!.GetValue<string>())];
        tags.Should().Equal("O", "B-animal", "O", "O", "B-animal");
        runs.Tenon("classify", "runs/tagged", "the dog").Output.Should().Contain("probability").And.Contain("B-animal");

        ProgramResult eval = runs.Tenon("eval", "runs/tagged", "--output", "measured");
        eval.ExitCode.Should().Be(0, eval.All);
        eval.Output.Should().Contain("F1 of entities").And.Contain("macro-F1").And.Contain("accuracy");
        JsonNode.Parse(File.ReadAllText(runs.Workspace.At("measured", "evaluation.json")))!["entities"]!["f1"]!
            .GetValue<double>().Should().Be(1);
    }

    [Fact]
    public void A_model_from_a_folder_brings_its_tokenizer()
    {
        string recipe = runs.Recipe("from", """{ "use": "labelled-text", "files": ["labels.tsv"] }""", 2);
        ProgramResult run = runs.Tenon("run", recipe, "--model:from", "runs/masked", "--model:head", "sequence-classification",
            "--tokenizer:vocabularySize", "40");

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("which the model was trained with; 'wordpiece' is not used").And.Contain("Missing: bert.pooler");
        File.ReadAllText(runs.Workspace.At("runs", "from", "tokenizer.json")).Should()
            .Be(File.ReadAllText(runs.Workspace.At("runs", "masked", "tokenizer.json")));
        Parameters(runs.Tenon("plan", recipe, "--model:from", "runs/masked", "--model:head", "sequence-classification", "--json"))
            .Should().Be(Parameters(run));
    }

    [Fact]
    public void A_masked_language_model_takes_the_head_of_the_data_unless_the_recipe_names_one()
    {
        string labelled = runs.Recipe("follows", """{ "use": "labelled-text", "files": ["labels.tsv"] }""", 2);
        string tagged = runs.Recipe("follows-tags", """{ "use": "tagged-text", "files": ["tags.conll"] }""", 2);

        foreach (string recipe in new[] { labelled, tagged })
        {
            ProgramResult run = runs.Tenon("run", recipe, "--model:from", "runs/masked");
            run.ExitCode.Should().Be(0, run.All);
        }

        ProgramResult words = runs.Tenon("run", labelled, "--name", "stays", "--model:from", "runs/masked", "--model:head", "masked-lm");
        words.ExitCode.Should().Be(0, words.All);
        Class("follows").Should().Be("BertForSequenceClassification");
        Class("follows-tags").Should().Be("BertForTokenClassification");
        Class("stays").Should().Be("BertForMaskedLM");

        string Class(string run) =>
            JsonNode.Parse(File.ReadAllText(runs.Workspace.At("runs", run, "config.json")))!["architectures"]![0]!.GetValue<string>();
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("ptuning")]
    public void An_adapter_with_another_head_than_its_base_model_classifies(string strategy)
    {
        string recipe = runs.Recipe($"over-{strategy}", """{ "use": "labelled-text", "files": ["labels.tsv"] }""", 3);
        ProgramResult run = runs.Tenon("run", recipe, "--model:from", "runs/masked", "--model:head", "sequence-classification",
            "--strategy:use", strategy);
        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("Unknown to the model: cls.predictions");

        ProgramResult classify = runs.Tenon("classify", $"runs/over-{strategy}", "the dog sees the cat");
        classify.ExitCode.Should().Be(0, classify.All);
        classify.Output.Should().Contain("sees").And.Contain("other");
        ProgramResult eval = runs.Tenon("eval", $"runs/over-{strategy}");
        eval.ExitCode.Should().Be(0, eval.All);
    }

    [Fact]
    public void Resuming_a_finished_run_says_that_nothing_was_trained()
    {
        ProgramResult resume = runs.Tenon("resume", "runs/labelled");

        resume.ExitCode.Should().Be(0, resume.All);
        resume.Output.Should().Contain("already finished").And.Contain("nothing was trained").And.Contain("--restart")
            .And.NotContain("validation loss");
    }

    private static long Parameters(ProgramResult result) => ShippedRecipeTests.Parameters(result);
}
