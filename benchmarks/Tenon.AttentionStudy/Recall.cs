using System.Globalization;
using Spectre.Console;

namespace Tenon.AttentionStudy;

/// <summary>
/// Models learn to repeat the first letter of a sequence after all of its random letters: a dependency on a token as far back as the
/// sequence is long. Each model is trained for each length.
/// </summary>
/// <param name="size">How much is run.</param>
/// <param name="seeds">Seeds of the runs.</param>
/// <param name="results">Receives the results.</param>
internal sealed class Recall(StudySize size, IReadOnlyList<int> seeds, Results results)
{
    /// <summary>Longest text of the models in tokens; prompt, response and end of text are shorter.</summary>
    public const int Context = 256;

    /// <summary>Longest distance in tokens.</summary>
    public const int LongestDistance = Context - 8;

    private const string Experiment = "recall";
    private const int Letters = 26;
    private const int Most = 32_000;

    /// <summary>Runs what has no result yet.</summary>
    /// <param name="trainer">Trains the models.</param>
    /// <param name="console">Receives progress.</param>
    public void Complete(Trainer trainer, IAnsiConsole console)
    {
        Cell[] cells =
        [
            .. from seed in seeds
               from length in size.Lengths
               from model in StudyModel.OfRecall
               select Cell(model, length) with { Seed = seed },
        ];
        foreach (Cell cell in cells.Where(cell => !results.Has(cell)))
        {
            StudyModel model = StudyModel.OfRecall.First(model => model.Key == cell.Model);
            string data = $$"""
                {
                  "use": "sequences", "task": "first", "letters": {{Letters}}, "minLength": {{cell.Length}}, "maxLength": {{cell.Length}},
                  "sequences": {{Setting.Sequences(cell.Steps, Setting.DefaultBatchSize, Most)}}, "heldOut": {{size.HeldOut}}
                }
                """;
            (IReadOnlyList<double> exact, double seconds) = trainer.Train(model, data, new Setting(cell.Steps, cell.Seed), [[]]);
            results.Add(cell, exact[0]);
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"first of {cell.Length} letters, {model.Title}, seed {cell.Seed}: {exact[0]:P1}, {seconds:F0} s"));
        }
    }

    /// <summary>Shows the table.</summary>
    /// <param name="trainer">Counts parameters.</param>
    /// <param name="console">Receives the table.</param>
    public void Show(Trainer trainer, IAnsiConsole console)
    {
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"accuracy by distance of the token to recall, %, after {size.RecallSteps:N0} steps (guessing: {1.0 / Letters:P1})"));
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("model").AddColumn(new TableColumn("parameters").RightAligned());
        foreach (int length in size.Lengths)
            table.AddColumn(new TableColumn($"{length}").RightAligned());
        foreach (StudyModel model in StudyModel.OfRecall)
            table.AddRow([model.Title, trainer.Parameters(model).ToString("N0", CultureInfo.InvariantCulture),
                .. size.Lengths.Select(length => Text.Share(results.Of(Cell(model, length), seeds)))]);
        console.Write(table);
    }

    /// <summary>The accuracies as curves, in percent.</summary>
    public IReadOnlyList<Curve> Curves =>
    [
        .. StudyModel.OfRecall.Select(model => new Curve(
            model.Title,
            [.. from length in size.Lengths
                let found = results.Of(Cell(model, length), seeds)
                where found is not null
                select new CurvePoint(length, 100 * found.Value.Mean, 100 * found.Value.Deviation)])),
    ];

    private Cell Cell(StudyModel model, int length) => new(Experiment, model.Key, length, Steps: size.RecallSteps);
}
