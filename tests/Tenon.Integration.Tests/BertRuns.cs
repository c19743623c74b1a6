using System.Text;

namespace Tenon.Integration.Tests;

/// <summary>Tiny BERTs trained once for all tests of a class: on hidden tokens, on classes of texts, on tags of words.</summary>
public sealed class BertRuns : IDisposable
{
    /// <summary>Trains them.</summary>
    public BertRuns()
    {
        string[] sentences = [.. File.ReadAllLines(Workspace.At("text.txt")).Take(200)];
        File.WriteAllText(Workspace.At("labels.tsv"), "text\tlabel\n" + string.Concat(
            sentences.Select(line => $"{line}\t{(line.Contains("sees", StringComparison.Ordinal) ? "sees" : "other")}\n")));
        var tagged = new StringBuilder();
        foreach (string line in sentences)
        {
            string[] words = line.TrimEnd('.').Split(' ');
            for (int i = 0; i < words.Length; i++)
                tagged.Append($"{words[i]}\t{(i is 1 or 4 ? "B-animal" : "O")}\n");
            tagged.Append('\n');
        }

        File.WriteAllText(Workspace.At("tags.conll"), tagged.ToString());
        Masked = Train("masked", """{ "use": "text-files", "files": ["text.txt"], "documents": "line" }""", 20);
        Labelled = Train("labelled", """{ "use": "labelled-text", "files": ["labels.tsv"] }""", 5);
        Tagged = Train("tagged", """{ "use": "tagged-text", "files": ["tags.conll"] }""", 60);
    }

    /// <summary>Where the runs are.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>The run on hidden tokens.</summary>
    public ProgramResult Masked { get; }

    /// <summary>The run on classes of texts.</summary>
    public ProgramResult Labelled { get; }

    /// <summary>The run on tags of words.</summary>
    public ProgramResult Tagged { get; }

    /// <summary>Writes a recipe of a tiny BERT.</summary>
    /// <param name="name">Name of recipe and run.</param>
    /// <param name="data">The section <c>data</c>.</param>
    /// <param name="steps">Steps.</param>
    /// <returns>The recipe's file.</returns>
    public string Recipe(string name, string data, int steps)
    {
        string file = Workspace.At($"{name}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "{{name}}",
              "device": { "use": "cpu", "threads": 1 },
              "data": {{data}},
              "tokenizer": { "use": "wordpiece", "vocabularySize": 60 },
              "model": { "use": "bert", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 24, "dropout": 0, "attentionDropout": 0 },
              "strategy": { "use": "pretrain" },
              "training": { "steps": {{steps}}, "batchSize": 8, "learningRate": 5e-3, "warmupSteps": 2, "logEvery": 5 },
              "validation": { "batches": 4 }
            }
            """);
        return file;
    }

    /// <summary>Runs the program in the workspace.</summary>
    public ProgramResult Tenon(params string[] arguments) => InProcess.Run(Workspace.Folder, arguments);

    /// <summary>A copy of a run's folder without its checkpoints, to be damaged.</summary>
    public string Copy(string run, string name)
    {
        string folder = Workspace.At(name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Workspace.At("runs", run)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    /// <summary>Deletes everything.</summary>
    public void Dispose() => Workspace.Dispose();

    private ProgramResult Train(string name, string data, int steps) => Tenon("run", Recipe(name, data, steps));
}
