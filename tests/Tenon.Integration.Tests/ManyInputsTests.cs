using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Many inputs from files, data that is read before training, and evaluation on other data.</summary>
[Collection(InOneProcess.Name)]
public sealed class ManyInputsTests(BertRuns runs)
{
    [Fact]
    public void Classes_of_a_file_are_those_of_its_texts_one_by_one()
    {
        string[] texts = [.. Enumerable.Range(0, 70).Select(i => string.Join(' ', Enumerable.Repeat("the cat sees", 1 + i * 7 % 5)))];
        File.WriteAllText(runs.Workspace.At("many.csv"), "id,text\n" + string.Concat(texts.Select((text, i) => $"{i},{text}\n")));

        ProgramResult written = runs.Tenon("classify", "runs/labelled", "--input", "many.csv", "--output", "many.jsonl");
        written.ExitCode.Should().Be(0, written.All);
        written.Output.Should().Be("Wrote 70 results to 'many.jsonl'.\n");

        JsonNode[] rows = [.. File.ReadLines(runs.Workspace.At("many.jsonl")).Select(line => JsonNode.Parse(line)!)];
        rows.Select(row => row["input"]!.GetValue<string>()).Should().Equal(texts);
        for (int i = 0; i < 5; i++)
        {
            JsonNode alone = JsonNode.Parse(runs.Tenon("classify", "runs/labelled", texts[i], "--json").Output)![0]!;
            Probability(rows[i]).Should().BeApproximately(Probability(alone), 1e-4);
        }

        static double Probability(JsonNode row) =>
            row["labels"]!.AsArray().First(label => label!["label"]!.GetValue<string>() == "sees")!["probability"]!.GetValue<double>();
    }

    [Fact]
    public void Words_are_tagged_and_vectors_written_in_the_order_of_the_lines()
    {
        string[] texts = [.. Enumerable.Range(0, 40)
            .Select(i => i % 3 == 0 ? "the dog sees the cat" : i % 3 == 1 ? "the cat" : "the horse likes the bird")];
        File.WriteAllLines(runs.Workspace.At("lines.txt"), texts);

        ProgramResult tagged = runs.Tenon("classify", "runs/tagged", "-i", "lines.txt", "-o", "tagged.jsonl");
        tagged.ExitCode.Should().Be(0, tagged.All);
        JsonNode[] rows = [.. File.ReadLines(runs.Workspace.At("tagged.jsonl")).Select(line => JsonNode.Parse(line)!)];
        rows.Select(row => string.Join(' ', row["words"]!.AsArray().Select(word => word!["word"]!.GetValue<string>())))
            .Should().Equal(texts);

        ProgramResult embedded = runs.Tenon("embed", "runs/masked", "-i", "lines.txt", "-o", "vectors.csv");
        embedded.ExitCode.Should().Be(0, embedded.All);
        string[] lines = File.ReadAllLines(runs.Workspace.At("vectors.csv"));
        lines.Should().HaveCount(41);
        lines[0].Should().StartWith("input,vector_1,vector_2,").And.EndWith(",vector_32");
        float first = JsonNode.Parse(runs.Tenon("embed", "runs/masked", texts[1]).Output)![0]!["vector"]![0]!.GetValue<float>();
        float.Parse(lines[2].Split(',')[1], CultureInfo.InvariantCulture).Should().BeApproximately(first, 1e-4f);
    }

    [Fact]
    public void Texts_beyond_the_context_are_counted()
    {
        string longer = string.Join(' ', Enumerable.Repeat("cat", 50));
        ProgramResult classified = runs.Tenon("classify", "runs/labelled", longer, "the cat");
        ProgramResult embedded = runs.Tenon("embed", "runs/masked", longer, "the cat", "--json");

        classified.Errors.Should().Be("1 of 2 inputs are longer than the model's context, so only the beginning was read. Split them.\n");
        embedded.Errors.Should().Be(classified.Errors);
        JsonNode.Parse(embedded.Output)!.AsArray().Should().HaveCount(2);
        File.WriteAllText(runs.Workspace.At("long.tsv"), $"text\tlabel\n{longer}\tsees\n{longer}\tother\nthe cat\tother\n");
        ProgramResult run = runs.Tenon("run", runs.Recipe("long", """{ "use": "labelled-text", "files": ["labels.tsv"], "validation": ["long.tsv"] }""", 1));
        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("Truncated, because they are longer than the model's context: 2 of 3 validation examples.");
    }

    [Fact]
    public void Without_an_input_the_command_asks_for_one() =>
        runs.Tenon("classify", "runs/labelled").Should().Match<ProgramResult>(result =>
            result.ExitCode == 2 && result.Errors.Contains("Pass at least one input, or a file of them with --input."));

    [Fact]
    public void A_test_file_without_some_classes_is_measured_whole()
    {
        File.WriteAllText(runs.Workspace.At("one.tsv"), "text\tlabel\nthe cat sees the dog.\tsees\nthe bird sees the cat.\tsees\n");
        JsonNode report = Evaluated("eval", "runs/labelled", "--data:files:0", runs.Workspace.At("one.tsv"), "--json");

        report["all"]!.GetValue<bool>().Should().BeTrue();
        report["examples"]!.GetValue<int>().Should().Be(2);
        report["classification"]!["classes"]!.AsArray().Select(row => row!["examples"]!.GetValue<int>()).Should().Equal(0, 2);
        File.WriteAllText(runs.Workspace.At("turned.tsv"), "text\tlabel\nthe dog\tzebra\n");
        runs.Tenon("eval", "runs/labelled", "--data:files:0", runs.Workspace.At("turned.tsv")).Errors.Should()
            .Contain("The data has a class that the model does not have: zebra.");
    }

    [Fact]
    public void What_the_host_does_with_wrong_examples_is_not_other_data()
    {
        JsonNode held = Evaluated("eval", "runs/labelled", "--json");
        JsonNode skipping = Evaluated("eval", "runs/labelled", "--data:onError", "skip", "--json");

        skipping["all"]!.GetValue<bool>().Should().BeFalse();
        skipping["examples"]!.GetValue<int>().Should().Be(held["examples"]!.GetValue<int>());
    }

    [Fact]
    public void A_named_file_is_measured_without_the_other_files_of_the_recipe()
    {
        File.Copy(runs.Workspace.At("labels.tsv"), runs.Workspace.At("more-labels.tsv"));
        File.AppendAllText(runs.Workspace.At("more-labels.tsv"), "the fish sees the bird\tsees\n");
        ProgramResult run = runs.Tenon("run", runs.Recipe("two", """{ "use": "labelled-text", "files": ["labels.tsv", "more-labels.tsv"] }""", 1));
        run.ExitCode.Should().Be(0, run.All);
        File.WriteAllText(runs.Workspace.At("three.tsv"),
            "text\tlabel\nthe cat sees the dog.\tsees\nthe bird\tother\nthe bird sees\tsees\n");

        Evaluated("eval", "runs/two", "--data:files:0", runs.Workspace.At("three.tsv"), "--json")["examples"]!
            .GetValue<int>().Should().Be(3);
    }

    [Fact]
    public void A_model_folder_without_a_recipe_is_measured_on_named_data_and_not_changed()
    {
        string folder = runs.Copy("labelled", "plain");
        foreach (string name in (string[])["recipe.json", "plugins.lock.json", "metrics.jsonl", "summary.json", "evaluation.json"])
            File.Delete(Path.Combine(folder, name));
        string[] before = [.. Directory.GetFiles(folder).Order()];
        JsonNode report = Evaluated("eval", folder, "--data:use", "labelled-text", "--data:files:0", "labels.tsv", "--json");

        report["examples"]!.GetValue<int>().Should().Be(200);
        report["classification"]!["accuracy"]!.GetValue<double>().Should().BeInRange(0, 1);
        Directory.GetFiles(folder).Order().Should().Equal(before);
        ProgramResult unnamed = runs.Tenon("eval", folder);
        unnamed.ExitCode.Should().Be(4);
        unnamed.Errors.Should()
            .Contain("is not a run's folder, so select the data to evaluate the model on, such as --data:use labelled-text");
    }

    [Fact]
    public void Words_after_the_context_are_not_tagged_and_their_texts_counted()
    {
        string sentence = string.Join(' ', Enumerable.Repeat("cat", 50));
        string[] inputs = [sentence, "the dog sees the cat"];
        ProgramResult tagged = runs.Tenon(["classify", "runs/tagged", .. inputs, "--json"]);

        tagged.ExitCode.Should().Be(0, tagged.All);
        tagged.Errors.Trim().Should().Be("1 of 2 inputs are longer than the model's context, so only the beginning was read. Split them.");
        JsonNode?[] words = [.. JsonNode.Parse(tagged.Output)![0]!["words"]!.AsArray()];
        words.Should().HaveCount(50);
        words[..22].Should().OnlyContain(word => word!["tag"] != null && word["probability"] != null);
        words[22..].Should().OnlyContain(word => word!["tag"] == null && word["probability"] == null && word["word"] != null);
        JsonNode.Parse(tagged.Output)![1]!["words"]!.AsArray().Should().OnlyContain(word => word!["tag"] != null);
        runs.Tenon("classify", "runs/tagged", sentence).Output.Should().Contain("not tagged");
        runs.Tenon(["classify", "runs/tagged", .. inputs, "-o", "long.csv"]).ExitCode.Should().Be(0);
        File.ReadAllText(runs.Workspace.At("long.csv")).Should().Contain("null,null]");
    }

    [Fact]
    public void Training_truncates_long_sentences_and_counts_them()
    {
        string sentence = string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 4 == 1 ? "cat\tB-animal" : "the\tO")}\n"));
        File.WriteAllText(runs.Workspace.At("longer.conll"),
            string.Join('\n', Enumerable.Repeat(sentence, 10).Append("the\tO\ndog\tB-animal\n")));
        ProgramResult run = runs.Tenon("run", runs.Recipe("longer", """{ "use": "tagged-text", "files": ["longer.conll"] }""", 1));

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("Truncated, because they are longer than the model's context: ");
    }

    [Fact]
    public void Entities_after_the_context_count_as_missed()
    {
        string sentence = string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 4 == 1 ? "cat\tB-animal" : "the\tO")}\n"));
        File.WriteAllText(runs.Workspace.At("long.conll"), sentence + "\n" + sentence);
        JsonNode report = Evaluated("eval", "runs/tagged", "--data:files:0", runs.Workspace.At("long.conll"), "--json");

        report["entities"]!["entities"]!.GetValue<int>().Should().Be(20);
        report["entities"]!["recall"]!.GetValue<double>().Should().BeLessThan(0.7);
        report["notes"]!.AsArray().Select(note => note!.GetValue<string>()).Should()
            .Contain(note => note.EndsWith("entities beyond the end of the model's context count as missed."));
    }

    [Fact]
    public void Validating_the_data_lists_every_row_and_a_run_leaves_them_out_only_if_told()
    {
        File.WriteAllText(runs.Workspace.At("rows.csv"),
            "text,label\nthe cat,a\nthe, dog,b\nthe bird\nthe fish, b\nthe horse,a\nthe mouse,B\n\"open,a\n");
        string recipe = runs.Recipe("rows", """{ "use": "labelled-text", "files": ["rows.csv"] }""", 1);
        ProgramResult checkedData = runs.Tenon("validate", recipe, "--data", "--json");
        JsonNode report = JsonNode.Parse(checkedData.Output)!;

        checkedData.ExitCode.Should().Be(2);
        report["faults"]!.AsArray().Select(fault => fault!.GetValue<string>().Split(": ")[0]).Should().Equal(
            new[] { 3, 4, 8 }.Select(line => $"{runs.Workspace.At("rows.csv")}:{line}"));
        runs.Tenon("validate", recipe, "--data").Output.Should().Contain("3 training and 1 validation examples are usable, 3 are not");
        ProgramResult stopped = runs.Tenon("run", recipe);
        stopped.ExitCode.Should().Be(4);
        stopped.Errors.Should().Contain("3 examples cannot be used:").And.Contain("rows.csv:4: the row has 1 column");
        Directory.Exists(runs.Workspace.At("runs", "rows")).Should().BeFalse();
        ProgramResult skipped = runs.Tenon("run", recipe, "--data:onError", "skip");
        skipped.ExitCode.Should().Be(0, skipped.All);
        skipped.Output.Should().Contain("Skipped 3 of 7 examples that cannot be used. The first: ");
        File.ReadAllText(runs.Workspace.At("runs", "rows", "recipe.json")).Should().Contain("\"onError\": \"skip\"");
        runs.Tenon("run", recipe, "--data:onError", "ignore").Errors.Should().Contain("stop, skip");
    }

    [Fact]
    public void Rejected_rows_are_told_with_what_they_are_missing_for()
    {
        File.WriteAllText(runs.Workspace.At("gone.csv"), "text,label\nthe cat,a\nthe bird,a\nthe, fish,b\n");
        string recipe = runs.Recipe("gone", """{ "use": "labelled-text", "files": ["gone.csv"] }""", 1);

        foreach (string[] verb in new string[][] { ["run", recipe], ["validate", recipe, "--data"] })
        {
            ProgramResult refused = runs.Tenon(verb);
            refused.ExitCode.Should().Be(2, refused.All);
            refused.Errors.Should().Contain("gone.json: model: ").And.MatchRegex(@"gone\.json: data: .*gone\.csv:4: ");
        }
    }

    private JsonNode Evaluated(params string[] arguments)
    {
        ProgramResult result = runs.Tenon(arguments);
        result.ExitCode.Should().Be(0, result.All);
        return JsonNode.Parse(result.Output)!;
    }
}
