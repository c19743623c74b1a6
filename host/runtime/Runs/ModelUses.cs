using Tenon.Host.Models;

namespace Tenon.Host.Runs;

/// <summary>Something that a trained model can be used for.</summary>
/// <param name="Task">The task.</param>
/// <param name="Text">An example text: the recipe's prompt, or the first words of the data; null if there is none.</param>
public sealed record ModelUse(ModelTask Task, string? Text = null);

/// <summary>Determines what a model can be used for from its capabilities.</summary>
internal static class ModelUses
{
    private const int Words = 6;
    private const int Characters = 60;

    /// <summary>Lists the uses of a model.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="measurable">Whether it has a loss on the run's data.</param>
    /// <param name="prompt">The recipe's first prompt, or null.</param>
    /// <param name="texts">Texts of the run's data.</param>
    /// <param name="chats">Whether the data contains conversations.</param>
    public static IReadOnlyList<ModelUse> Of(IModel model, bool measurable, string? prompt, IEnumerable<string> texts, bool chats = false)
    {
        string? words = texts.Select(Beginning).FirstOrDefault(text => text.Length > 0);
        IEnumerable<ModelTask> tasks = Capability.TasksOf(model)
            .Select(task => chats && task == ModelTask.GenerateText ? ModelTask.Chat : task);
        List<ModelUse> uses = [.. tasks.Select(task => new ModelUse(task, task switch
        {
            ModelTask.Chat => words,
            ModelTask.GenerateText => prompt ?? words,
            ModelTask.ClassifyTexts or ModelTask.FillMasks or ModelTask.AnswerQuestions => words,
            _ => null,
        }))];
        if (measurable)
            uses.Add(new ModelUse(ModelTask.Evaluate));
        return uses;
    }

    private static string Beginning(string text)
    {
        string words = string.Join(' ', text.Split((char[]?)null, Words + 1, StringSplitOptions.RemoveEmptyEntries).Take(Words));
        return words.Length <= Characters ? words : words[..(char.IsHighSurrogate(words[Characters - 1]) ? Characters - 1 : Characters)];
    }
}
