using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Runs;

namespace Tenon.TaskStudy;

/// <summary>The result of a run.</summary>
/// <param name="Score">The task's measure, from 0 to 100.</param>
/// <param name="Parameters">Trained parameters.</param>
/// <param name="Seconds">Time of the training.</param>
internal sealed record Outcome(double Score, long Parameters, double Seconds);

/// <summary>Trains and scores the two models of a task: the large one with an adapter, and the small one.</summary>
/// <param name="host">Runs the recipes.</param>
/// <param name="recipes">The recipes.</param>
/// <param name="task">The task.</param>
/// <param name="files">Its files.</param>
internal sealed class TaskTrainer(TenonHost host, StudyRecipes recipes, StudyTask task, TaskFiles files)
{
    // Longer than any answer.
    private const int MaxNewTokens = 96;

    /// <summary>Trains a model and scores it on a split.</summary>
    /// <param name="isLarge">Whether it is the large model's adapter.</param>
    /// <param name="split">The split to score on.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="seed">Seed of the run.</param>
    public Outcome Run(bool isLarge, TaskSplit split, double rate, int seed)
    {
        if (Directory.Exists(recipes.Runs))
            Directory.Delete(recipes.Runs, recursive: true);
        RunReport run = host.Run(host.ReadObject(
            isLarge ? recipes.Adapter(files, split, rate, seed) : recipes.Small(task, files, split, rate, seed)).GetRecipe());
        double? score = isLarge ? null : task.ScoreSmall(host, run);
        using OpenedModel opened = host.Open(run.Folder.Path);
        long parameters = isLarge
            ? opened.Adapters.Sum(adapter => adapter.Weights.Values.Sum(tensor => tensor.numel()))
            : opened.Model.Module.parameters().Sum(parameter => parameter.numel());
        var outcome = new Outcome(score ?? Generated(opened, isLarge, split), parameters, run.Summary.Time.TotalSeconds);
        Directory.Delete(recipes.Runs, recursive: true);
        return outcome;
    }

    private double Generated(OpenedModel opened, bool isLarge, TaskSplit split)
    {
        IReadOnlyList<TaskExample> asked = files.Read(split);
        var greedy = new SamplingOptions { MaxNewTokens = MaxNewTokens, Temperature = 0 };
        IEnumerable<string> prompts = asked.Select(one => isLarge ? task.Ask(one) : one.Prompt);
        return task.Score(asked, [.. opened.Generate([.. prompts], greedy).Select(continuation => continuation.Text)]);
    }
}
