using System.Globalization;
using Spectre.Console;

namespace Tenon.AttentionStudy;

/// <summary>
/// Models learn to copy and to reverse sequences of 1 to 20 letters, and are evaluated on others of these lengths and of 21 to 40.
/// </summary>
/// <param name="size">How much is run.</param>
/// <param name="seeds">Seeds of the runs.</param>
/// <param name="results">Receives the results.</param>
internal sealed class SequenceTasks(StudySize size, IReadOnlyList<int> seeds, Results results)
{
    private const int Longest = 20;
    private const int Most = 50_000;
    private const int BatchSize = 64;

    /// <summary>What is done with the sequences, and the lengths of the held-out ones.</summary>
    public static IReadOnlyList<(string Task, int Longest, string Title)> Groups { get; } =
    [
        ("copy", Longest, "copy 1–20"), ("copy", 2 * Longest, "copy 21–40"), ("reverse", Longest, "reverse 1–20"),
        ("reverse", 2 * Longest, "reverse 21–40"),
    ];

    /// <summary>Runs what has no result yet.</summary>
    /// <param name="trainer">Trains the models.</param>
    /// <param name="console">Receives progress.</param>
    public void Complete(Trainer trainer, IAnsiConsole console)
    {
        string[] longer = [$"--data:heldOutMinLength={Longest + 1}", $"--data:heldOutMaxLength={2 * Longest}"];
        foreach (int seed in seeds)
        {
            foreach (string task in Groups.Select(group => group.Task).Distinct())
            {
                foreach (StudyModel model in StudyModel.OfSequences)
                {
                    Cell known = Cell(task, model, Longest) with { Seed = seed }, unknown = known with { Length = 2 * Longest };
                    Cell time = Time(task, model) with { Seed = seed };
                    if (results.Has(known, unknown, time))
                        continue;
                    string data = $$"""
                        {
                          "use": "sequences", "task": "{{task}}", "maxLength": {{Longest}}, "heldOut": {{size.HeldOut}},
                          "sequences": {{Setting.Sequences(size.SequenceSteps, BatchSize, Most)}}
                        }
                        """;
                    (IReadOnlyList<double> exact, double seconds) = trainer.Train(
                        model, data, new Setting(size.SequenceSteps, seed) { BatchSize = BatchSize }, [[], longer]);
                    results.Add(known, exact[0]);
                    results.Add(unknown, exact[1]);
                    results.Add(time, seconds);
                    console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{task}, {model.Title}, seed {seed}: {exact[0]:P1} exact, {exact[1]:P1} of longer ones, {seconds:F0} s"));
                }
            }
        }
    }

    /// <summary>Shows the table.</summary>
    /// <param name="trainer">Counts parameters.</param>
    /// <param name="console">Receives the table.</param>
    public void Show(Trainer trainer, IAnsiConsole console)
    {
        console.WriteLine(
            $"exact responses to held-out sequences, %, after {size.SequenceSteps:N0} steps on sequences of 1 to {Longest} letters");
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("model").AddColumn(new TableColumn("parameters").RightAligned());
        foreach ((_, _, string title) in Groups)
            table.AddColumn(new TableColumn(title).RightAligned());
        table.AddColumn(new TableColumn("training, s").RightAligned());
        foreach (StudyModel model in StudyModel.OfSequences)
        {
            double seconds = Groups.Select(group => group.Task).Distinct()
                .Average(task => results.Of(Time(task, model), seeds)?.Mean ?? double.NaN);
            table.AddRow([model.Title, trainer.Parameters(model).ToString("N0", CultureInfo.InvariantCulture),
                .. Groups.Select(group => Text.Share(Of(group.Task, model, group.Longest))),
                seconds.ToString("F0", CultureInfo.InvariantCulture)]);
        }

        console.Write(table);
    }

    /// <summary>The share of exact responses.</summary>
    /// <param name="task">The task.</param>
    /// <param name="model">The model.</param>
    /// <param name="longest">Longest held-out sequence.</param>
    public (double Mean, double Deviation)? Of(string task, StudyModel model, int longest) =>
        results.Of(Cell(task, model, longest), seeds);

    private Cell Cell(string task, StudyModel model, int longest) => new(task, model.Key, longest, Steps: size.SequenceSteps);

    // Seconds of the training.
    private Cell Time(string task, StudyModel model) => Cell($"{task}-seconds", model, Longest);
}
