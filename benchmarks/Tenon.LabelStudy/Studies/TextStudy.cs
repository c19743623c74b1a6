using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Native;
using Tenon.Studies;

namespace Tenon.LabelStudy.Studies;

/// <summary>A BERT classifies texts: from scratch, or pre-trained on other text and then trained with one of several strategies.</summary>
internal sealed class TextStudy : Study
{
    private const string Sizes =
        """ "use": "bert", "layers": 2, "hiddenSize": 128, "heads": 4, "contextLength": 48, "initialization": "mimetic" """;

    private const string FromScratch = $$"""{ {{Sizes}}, "head": "sequence-classification" }""";
    private const string Pretrained = """{ "use": "bert", "head": "sequence-classification" }""";

    /// <inheritdoc/>
    public override string Name => "texts";

    /// <inheritdoc/>
    public override IReadOnlyList<LabelledData> Data { get; } =
    [
        new("sdk-namespaces", """{ "use": "sdk-namespaces", "classes": 10, "perClass": 150 }""", 1 / 3.0, [10, 30, 100, 300, 1000]),
        new("sentiment", """{ "use": "sentiment" }""", 0.2, [10, 30, 100, 300, 800]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Method> Methods { get; } =
    [
        new("scratch", "from scratch", [5e-4, 1e-3, 2e-3, 4e-3, 8e-3], FromScratch, """{ "use": "pretrain" }"""),
        new("finetune", "pre-trained, fine-tuned", [5e-4, 1e-3, 2e-3, 4e-3, 8e-3], Pretrained, """{ "use": "finetune" }""")
        {
            FromBase = true,
        },
        new("lora", "pre-trained, LoRA", [1e-3, 2e-3, 5e-3, 1e-2, 2e-2], Pretrained, """{ "use": "lora", "rank": 8 }""")
        {
            FromBase = true,
        },
        new("ptuning", "pre-trained, P-tuning v2", [3e-3, 1e-2, 3e-2, 1e-1, 3e-1], Pretrained,
            """{ "use": "ptuning", "method": "prefix-tuning", "virtualTokens": 8 }""")
        {
            FromBase = true,
        },
    ];

    /// <inheritdoc/>
    public override Method Baseline { get; } = Method.Baseline("naive-bayes", "naive Bayes on words");

    /// <inheritdoc/>
    public override int TrialLabels => 100;

    /// <inheritdoc/>
    public override string Measure => "macro-F1";

    /// <inheritdoc/>
    public override double Of(Result result) => result.MacroF1;

    /// <inheritdoc/>
    public override JsonObject? Base(string output) => Parse($$"""
        {
          "name": "base", "seed": 1, "output": {{Quote(output)}},
          "device": { "use": "cpu", "threads": 1, "precision": "auto" },
          "data": { "use": "sdk-docs" },
          "tokenizer": { "use": "bpe", "vocabularySize": 2048 },
          "model": { {{Sizes}}, "dropout": 0, "attentionDropout": 0, "maskShare": 0.2 },
          "strategy": { "use": "pretrain" },
          "training": { "steps": 10500, "batchSize": 32, "learningRate": 1e-3, "warmupSteps": 100, "logEvery": 100 },
          "validation": { "every": 2000, "share": 0.01 }
        }
        """);

    /// <inheritdoc/>
    public override void Prepare(string folder, TenonHost host)
    {
        foreach (LabelledData data in Data)
            Write(data, File(folder, data.Name), folder, host);
    }

    /// <inheritdoc/>
    public override JsonObject Recipe(Cell cell, double rate, string folder, string output)
    {
        JsonObject recipe = base.Recipe(cell, rate, folder, output);
        recipe["data"] = Parse($$"""{ "use": "labelled-text", "files": [{{Quote(File(folder, cell.Data))}}] }""");
        // The runs from scratch use the pre-trained model's tokenizer too.
        recipe["tokenizer"] = Parse($$"""{ "use": "huggingface", "path": {{Quote(BaseFolder(folder))}} }""");
        recipe["training"]!["beta2"] = 0.98;
        return recipe;
    }

    // Proportional to the number of labels, within bounds.
    /// <inheritdoc/>
    protected override int Steps(int labels) => Math.Clamp(8 * labels / BatchSize, 100, 200);

    private static string File(string folder, string data) => Path.Combine(folder, $"{data}.jsonl");

    // Writes labelled data as a file unless it exists, so that it is prepared once for all runs.
    private static void Write(LabelledData data, string path, string folder, TenonHost host)
    {
        if (System.IO.File.Exists(path))
            return;
        using IDataset<LabelledTextExample> dataset = StudyData.Open<LabelledTextExample>(host, data.Section, folder);
        Durable.Write(path, partial =>
        {
            using StreamWriter lines = System.IO.File.CreateText(partial);
            for (long i = 0; i < dataset.Train.Count; i++)
                lines.WriteLine(
                    JsonSerializer.Serialize(new { text = dataset.Train[i].Text, label = dataset.Facts.Labels[dataset.Train[i].Label] }));
        });
    }
}
