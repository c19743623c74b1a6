using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.AttentionStudy;

/// <summary>
/// Measures the time of a token by the length of the text: in training (forward and backward pass over whole texts), and in generation,
/// where one token is computed after another.
/// </summary>
/// <param name="size">How much is measured.</param>
/// <param name="results">Receives the times in microseconds.</param>
internal sealed class Speed(StudySize size, Results results)
{
    // Tokens of a training step, in as many texts as needed.
    private const int TokensOfStep = 4096;
    // Tokens that are generated after a text.
    private const int Generated = 32;
    private const int Vocabulary = 257;
    private const double Microseconds = 1e6;

    /// <summary>What is measured, with the titles of tables and pictures.</summary>
    public static IReadOnlyList<(string Experiment, string Title)> Experiments { get; } =
        [("training", "time per token in training, µs"), ("generation", "time per token in generation, µs")];

    // Texts are continued by the generated tokens.
    private IReadOnlyList<StudyModel> Models => StudyModel.OfSpeed(size.SpeedLengths[^1] + Generated);

    /// <summary>Measures what has no result yet.</summary>
    /// <param name="host">Provides the architectures.</param>
    /// <param name="trainer">Reads recipes.</param>
    /// <param name="console">Receives progress.</param>
    public void Complete(TenonHost host, Trainer trainer, IAnsiConsole console)
    {
        foreach (StudyModel model in Models)
        {
            int[] missing =
            [
                .. size.SpeedLengths.Where(
                    length => !results.Has(Experiments.Select(each => Of(each.Experiment, model, length)))),
            ];
            if (missing.Length == 0)
                continue;
            Recipe recipe = trainer.Read(trainer.Recipe(model, """{ "use": "sequences" }""", new Setting(1, 1)));
            using IOpenDevice device = new DeviceOpener(host.Components).Open(recipe.Device);
            Chosen<IArchitecture> chosen = host.Components.Make<IArchitecture>(recipe.Model);
            object options = chosen.Component.Resolve(
                chosen.Options, new ModelFacts(Vocabulary, new SpecialTokens(), new DataFacts()));
            using torch.Generator seeded = torch.manual_seed(1);
            using IModel built = chosen.Component.Build(options, new BuildContext(device.Torch, new Autocast()));
            var language = (ICausalLanguageModel)built;
            foreach (int length in missing)
            {
                double training = Training(language, length), generation = Generation(language, length);
                results.Add(Of(Experiments[0].Experiment, model, length), training);
                results.Add(Of(Experiments[1].Experiment, model, length), generation);
                console.WriteLine(
                    $"{length} tokens, {model.Title}: {Text.Time(training)} µs in training, {Text.Time(generation)} µs in generation");
            }
        }
    }

    /// <summary>Shows the tables.</summary>
    /// <param name="trainer">Counts parameters.</param>
    /// <param name="console">Receives the tables.</param>
    public void Show(Trainer trainer, IAnsiConsole console)
    {
        foreach ((string experiment, string title) in Experiments)
        {
            console.WriteLine($"{title}, by length of the text in tokens");
            Table table = new Table().Border(TableBorder.Rounded).AddColumn("model")
                .AddColumn(new TableColumn("parameters").RightAligned());
            foreach (int length in size.SpeedLengths)
                table.AddColumn(new TableColumn($"{length}").RightAligned());
            foreach (StudyModel model in Models)
                table.AddRow([model.Title, trainer.Parameters(model).ToString("N0", CultureInfo.InvariantCulture),
                    .. size.SpeedLengths.Select(length => Text.Time(results.Of(Of(experiment, model, length))))]);
            console.Write(table);
        }
    }

    /// <summary>The times as curves, in microseconds.</summary>
    /// <param name="experiment">One of <see cref="Experiments"/>.</param>
    public IReadOnlyList<Curve> Curves(string experiment) =>
    [
        .. Models.Select(model => new Curve(
            model.Title,
            [.. from length in size.SpeedLengths
                let time = results.Of(Of(experiment, model, length))
                where time is not null
                select new CurvePoint(length, time.Value)])),
    ];

    private static Cell Of(string experiment, StudyModel model, int length) => new(experiment, model.Key, length);

    private double Training(ICausalLanguageModel model, int length)
    {
        long rows = Math.Max(1, TokensOfStep / length);
        model.Module.train();
        Tensor ids = torch.randint(0, Vocabulary, [rows, length], torch.ScalarType.Int64); // [B, T]
        using var batch = new Batch([new(BatchNames.InputIds, ids), new(BatchNames.Labels, ids.roll(-1, 1))], rows, rows * length);
        double seconds = Median(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            model.Loss(batch).backward();
            model.Module.zero_grad(set_to_none: true);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        return Microseconds * seconds / (rows * length);
    }

    private double Generation(ICausalLanguageModel model, int length)
    {
        using IDisposable inference = InferenceMode.Enter();
        using IDisposable untracked = torch.no_grad();
        model.Module.eval();
        double seconds = Median(() =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IKeyValueCache cache = model.NewCache(rows: 1, length + Generated);
            Tensor text = torch.randint(0, Vocabulary, [1, length], torch.ScalarType.Int64);
            Tensor next = model.Logits(text, cache: cache, lastOnly: true).argmax(-1); // [1, 1, V] -> [1, 1]
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Generated; i++)
                next = model.Logits(next, cache: cache, lastOnly: true).argmax(-1);
            _ = next.item<long>();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        return Microseconds * seconds / Generated;
    }

    // The first measurement warms up.
    private double Median(Func<double> measure)
    {
        measure();
        double[] all = [.. Enumerable.Range(0, size.Rounds).Select(_ => measure()).Order()];
        return all[all.Length / 2];
    }
}
