using Tenon.Cli.Commands;

namespace Tenon.Host.Runs;

/// <summary>What can be typed next, by what a model can do.</summary>
internal static class NextVerbs
{
    private const int Words = 6;
    private const int Characters = 60;

    /// <summary>The program's words, with <c>{0}</c> for the folder.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="measurable">Whether it has a loss on the run's data.</param>
    /// <param name="prompt">What a text may start from; null: the recipe has no prompt.</param>
    /// <param name="texts">Those of the run's data; the first words of one stand for what its users have.</param>
    public static IReadOnlyList<string> Of(IModel model, bool measurable, string? prompt, IEnumerable<string> texts)
    {
        string? words = texts.Select(Beginning).FirstOrDefault(text => text.Length > 0);
        List<string> verbs = [];
        if (model is ICausalLanguageModel)
            verbs.Add((prompt ?? words) is { } start ? $"generate {{0}} --prompt {Quoted(start)}" : "generate {0}");
        if (model is IDenoiser)
            verbs.Add("sample {0} --film film.png");
        if (model is ITokenClassifier { Labels.Count: >= 2 })
            verbs.Add($"classify {{0}} {Quoted(words ?? "a text")}");
        else if (model is IClassifier { Labels.Count: >= 2 })
            verbs.Add($"classify {{0}} {(model is ICollate<ImageExample> ? "image.png" : Quoted(words ?? "a text"))}");
        else if (model is IMaskedLanguageModel)
            verbs.Add($"fill {{0}} {Quoted($"{words ?? "a text with a"} [MASK]")}");
        if (measurable)
            verbs.Add("eval {0}");
        return verbs;
    }

    private static string Beginning(string text)
    {
        string words = string.Join(' ', text.Split((char[]?)null, Words + 1, StringSplitOptions.RemoveEmptyEntries).Take(Words));
        return words.Length <= Characters ? words : words[..(char.IsHighSurrogate(words[Characters - 1]) ? Characters - 1 : Characters)];
    }

    private static string Quoted(string text) =>
        ShellWord.Quoted(text).Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
