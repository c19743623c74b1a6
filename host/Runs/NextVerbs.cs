namespace Tenon.Host.Runs;

/// <summary>What can be typed next, by what a model can do.</summary>
internal static class NextVerbs
{
    /// <summary>The program's words, with <c>{0}</c> for the folder.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="measurable">Whether it has a loss on the run's data.</param>
    /// <param name="prompt">What a text may start from; null: the recipe has no prompt.</param>
    public static IReadOnlyList<string> Of(IModel model, bool measurable, string? prompt)
    {
        List<string> verbs = [];
        if (model is ICausalLanguageModel)
            verbs.Add($"generate {{0}} --prompt \"{(prompt ?? "the start of a text").Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal)}\"");
        if (model is IDenoiser)
            verbs.Add("sample {0} --film film.png");
        if (model is ITokenClassifier { Labels.Count: >= 2 })
            verbs.Add("classify {0} \"a text\"");
        else if (model is IClassifier { Labels.Count: >= 2 })
            verbs.Add($"classify {{0}} {(model is ICollate<ImageExample> ? "image.png" : "\"a text\"")}");
        else if (model is IMaskedLanguageModel)
            verbs.Add("fill {0} \"a text with a [MASK]\"");
        if (measurable)
            verbs.Add("eval {0}");
        return verbs;
    }
}
