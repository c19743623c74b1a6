using System.Text.Json;
using Tenon.Host;
using Tenon.Host.Native;

namespace Tenon.TaskStudy;

/// <summary>The splits of a task.</summary>
internal enum TaskSplit
{
    /// <summary>To learn from.</summary>
    Train,

    /// <summary>To choose learning rates on.</summary>
    Tune,

    /// <summary>To report.</summary>
    Test,
}

/// <summary>The files of a task: the examples, the texts that the large model learns, and for questions also the format of SQuAD.</summary>
/// <param name="task">The task.</param>
/// <param name="folder">The study's folder.</param>
internal sealed class TaskFiles(StudyTask task, string folder)
{
    private const string Plain = ".jsonl", Large = "-large.jsonl", SquadFormat = ".json";
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes the files unless they exist.</summary>
    /// <param name="host">Provides the data.</param>
    /// <param name="size">Numbers of examples.</param>
    public void Write(TenonHost host, StudySize size)
    {
        if (Enum.GetValues<TaskSplit>().All(split => File.Exists(Name(split, Plain))))
            return;
        TaskExamples examples = task.Read(host, folder);
        int heldOut = Math.Min(size.HeldOut, examples.HeldOut.Count / 2);
        Write(TaskSplit.Train, examples.Learned.Take(size.Labels));
        Write(TaskSplit.Tune, examples.HeldOut.Take(heldOut));
        Write(TaskSplit.Test, examples.HeldOut.Skip(heldOut).Take(heldOut));
    }

    /// <summary>Reads the examples of a split.</summary>
    public IReadOnlyList<TaskExample> Read(TaskSplit split) =>
        [.. File.ReadLines(Name(split, Plain)).Select(line => JsonSerializer.Deserialize<TaskExample>(line, _json)!)];

    /// <summary>The small model's section of data, with a split as validation.</summary>
    public string SmallSection(TaskSplit split) => Section(task.SmallData, task.SmallReadsSquad ? SquadFormat : Plain, split);

    /// <summary>The large model's section of data, with a split as validation.</summary>
    public string LargeSection(TaskSplit split) => Section("\"use\": \"prompts\"", Large, split);

    private string Section(string component, string ending, TaskSplit split) =>
        $$"""
        {
          {{component}}, "files": [{{Quoted(TaskSplit.Train, ending)}}], "validation": [{{Quoted(split, ending)}}]
        }
        """;

    private string Quoted(TaskSplit split, string ending) => JsonSerializer.Serialize(Name(split, ending));

    private string Name(TaskSplit split, string ending) =>
        Path.Combine(folder, $"{task.Name.Replace(' ', '-')}-{split.ToString().ToLowerInvariant()}{ending}");

    // The file with the examples comes last: it says that the others are complete.
    private void Write(TaskSplit split, IEnumerable<TaskExample> examples)
    {
        TaskExample[] all = [.. examples];
        if (task.SmallReadsSquad)
            Durable.WriteText(Name(split, SquadFormat), Squad(all));
        // Answers start like words within a text.
        Durable.WriteText(Name(split, Large), Lines(all.Select(one => one with { Prompt = task.Ask(one), Answer = $" {one.Answer}" })));
        Durable.WriteText(Name(split, Plain), Lines(all));
    }

    private static string Lines(IEnumerable<TaskExample> examples) =>
        string.Concat(examples.Select(one => $"{JsonSerializer.Serialize(one, _json)}\n"));

    private static string Squad(IEnumerable<TaskExample> examples) => JsonSerializer.Serialize(new
    {
        version = "v2.0",
        data = new[]
        {
            new
            {
                title = "documentation",
                paragraphs = examples.Select((one, index) => new
                {
                    context = one.Question!.Passage,
                    qas = new[]
                    {
                        new
                        {
                            id = $"{index}",
                            question = one.Question.Question,
                            is_impossible = one.Question.Answers.Count == 0,
                            answers = one.Question.Answers.Select(answer => new { text = answer.Text, answer_start = answer.Start }),
                        },
                    },
                }),
            },
        },
    });
}
