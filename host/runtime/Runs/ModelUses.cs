namespace Tenon.Host.Runs;

/// <summary>What can be done with a trained model.</summary>
public enum ModelTask
{
    /// <summary>Generate text.</summary>
    GenerateText,

    /// <summary>Sample images.</summary>
    SampleImages,

    /// <summary>Classify texts or their words.</summary>
    ClassifyTexts,

    /// <summary>Classify images.</summary>
    ClassifyImages,

    /// <summary>Fill in hidden words.</summary>
    FillMasks,

    /// <summary>Evaluate it on the run's data.</summary>
    Evaluate,
}

/// <summary>Something that a trained model can be used for.</summary>
/// <param name="Task">What.</param>
/// <param name="Text">A text to try it with: the recipe's prompt, or the first words of the data; null when there is none.</param>
public sealed record ModelUse(ModelTask Task, string? Text = null);

/// <summary>What a model can be used for, by its capabilities.</summary>
internal static class ModelUses
{
    private const int Words = 6;
    private const int Characters = 60;

    /// <summary>The uses of a model.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="measurable">Whether it has a loss on the run's data.</param>
    /// <param name="prompt">The recipe's first prompt, or null.</param>
    /// <param name="texts">Texts of the run's data.</param>
    public static IReadOnlyList<ModelUse> Of(IModel model, bool measurable, string? prompt, IEnumerable<string> texts)
    {
        string? words = texts.Select(Beginning).FirstOrDefault(text => text.Length > 0);
        List<ModelUse> uses = [];
        if (model is ICausalLanguageModel)
            uses.Add(new ModelUse(ModelTask.GenerateText, prompt ?? words));
        if (model is IDenoiser)
            uses.Add(new ModelUse(ModelTask.SampleImages));
        if (model is ITokenClassifier { Labels.Count: >= 2 })
            uses.Add(new ModelUse(ModelTask.ClassifyTexts, words));
        else if (model is IClassifier { Labels.Count: >= 2 })
            uses.Add(model is ICollate<ImageExample> ? new ModelUse(ModelTask.ClassifyImages) : new ModelUse(ModelTask.ClassifyTexts, words));
        else if (model is IMaskedLanguageModel)
            uses.Add(new ModelUse(ModelTask.FillMasks, words));
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
