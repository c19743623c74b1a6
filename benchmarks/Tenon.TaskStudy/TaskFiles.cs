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

/// <summary>The files of a task: prompts with answers, and for questions also the format of SQuAD.</summary>
/// <param name="task">The task.</param>
/// <param name="folder">The study's folder.</param>
internal sealed class TaskFiles(StudyTask task, string folder)
{
    private const string Extension = ".jsonl";
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes the files unless they exist.</summary>
    /// <param name="host">Provides the data.</param>
    /// <param name="size">Numbers of examples.</param>
    public void Write(TenonHost host, StudySize size)
    {
        if (Enum.GetValues<TaskSplit>().All(split => File.Exists(Name(split, Extension)) && File.Exists(Name(split, task.SmallExtension))))
            return;
        TaskExamples examples = task.Read(host, folder);
        int heldOut = Math.Min(size.HeldOut, examples.HeldOut.Count / 2);
        Write(TaskSplit.Train, examples.Learned.Take(size.Labels));
        Write(TaskSplit.Tune, examples.HeldOut.Take(heldOut));
        Write(TaskSplit.Test, examples.HeldOut.Skip(heldOut).Take(heldOut));
    }

    /// <summary>Reads the examples of a split.</summary>
    public IReadOnlyList<TaskExample> Read(TaskSplit split) =>
        [.. File.ReadLines(Name(split, Extension)).Select(line => JsonSerializer.Deserialize<TaskExample>(line, _json)!)];

    /// <summary>A recipe's section with the training examples, and a split as validation.</summary>
    /// <param name="component">The data component with its options except files.</param>
    /// <param name="extension">Extension of the files.</param>
    /// <param name="split">The split to validate on.</param>
    public string Section(string component, string extension, TaskSplit split) =>
        $$"""
        {
          {{component}}, "files": [{{Quoted(TaskSplit.Train, extension)}}], "validation": [{{Quoted(split, extension)}}]
        }
        """;

    /// <summary>The large model's section.</summary>
    public string Prompts(TaskSplit split) => Section("\"use\": \"prompts\"", Extension, split);

    private string Quoted(TaskSplit split, string extension) => JsonSerializer.Serialize(Name(split, extension));

    private string Name(TaskSplit split, string extension) =>
        Path.Combine(folder, $"{task.Name.Replace(' ', '-')}-{split.ToString().ToLowerInvariant()}{extension}");

    private void Write(TaskSplit split, IEnumerable<TaskExample> examples)
    {
        TaskExample[] all = [.. examples];
        if (task.SmallExtension != Extension)
            Durable.WriteText(Name(split, task.SmallExtension), Squad(all));
        Durable.WriteText(Name(split, Extension), string.Concat(all.Select(one => $"{JsonSerializer.Serialize(one, _json)}\n")));
    }

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
