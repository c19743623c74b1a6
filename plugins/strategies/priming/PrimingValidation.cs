using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Tenon.Priming;

/// <summary>Validates that the data, the model and its tokenizer support the examples, words and prompts.</summary>
internal static class PrimingValidation
{
    /// <summary>All validation errors.</summary>
    /// <inheritdoc cref="IStrategy{TOptions, TModel}.Validate"/>
    public static IEnumerable<ValidationResult> Of(PrimingOptions options, ILanguageModel model, ITokenizer? tokenizer, IRunData data) =>
        [.. OfExamples(options, data), .. OfModel(options, model, tokenizer, data.Facts.Labels)];

    private static IEnumerable<ValidationResult> OfExamples(PrimingOptions options, IRunData data)
    {
        long pool = data.Examples<LabelledTextExample>(Split.Train)!.Count;
        if (options.Shots.Max() is var most && most > pool)
        {
            yield return new ValidationResult(string.Create(CultureInfo.InvariantCulture,
                $"has {most}, but there are {pool} examples to draw from; allowed: 0 … {pool}. Use fewer, or hold out less " +
                $"(validation:share)."), [nameof(options.Shots)]);
        }

        if (data.Examples<LabelledTextExample>(Split.Validation) is null)
            yield return new ValidationResult(
                "There is nothing to evaluate on: validation:share is 0, and the data has no validation split. Set validation:share " +
                "above 0.");
    }

    private static IEnumerable<ValidationResult> OfModel(
        PrimingOptions options, ILanguageModel model, ITokenizer? tokenizer, IReadOnlyList<string> labels)
    {
        if (model is not (ICausalLanguageModel or IMaskedLanguageModel))
            yield return new ValidationResult(
                $"{model.GetType().Name} predicts neither the next token nor masked tokens, so it cannot predict labels. Choose " +
                "another model.");
        if (tokenizer is null)
        {
            yield return new ValidationResult("Prompts are text, but the run has no tokenizer. Set 'tokenizer' in the recipe.");
            yield break;
        }

        if (model is not ICausalLanguageModel && tokenizer.Special.Mask is null)
            yield return new ValidationResult(
                "The tokenizer has no mask token, so there is nothing to predict. Use a model whose tokenizer has one.");
        foreach (ValidationResult error in OfWords(options, tokenizer, labels))
            yield return error;
        var words = new LabelWords(options, tokenizer, labels);
        if (!new Prompts(options, tokenizer, words, PromptFrame.Of(model, tokenizer), model.ContextLength).HasRoom)
            yield return Word(
                $"take up to {words.Tokens.Max(ids => ids.Length)} tokens, but the context length is {model.ContextLength}, which " +
                "leaves no room for a text. Choose shorter words or another model.");
    }

    /// <summary>Labels without a distinct word.</summary>
    /// <param name="options">Template and words.</param>
    /// <param name="tokenizer">The model's device.</param>
    /// <param name="labels">Names of the labels.</param>
    internal static IEnumerable<ValidationResult> OfWords(PrimingOptions options, ITokenizer tokenizer, IReadOnlyList<string> labels)
    {
        var words = new LabelWords(options, tokenizer, labels);
        string[] without = [.. labels.Where((_, label) => words.Words[label].Length == 0)];
        if (without.Length > 0)
        {
            string there = string.Join(
                ", ", (options.Verbalizers?.Where(word => word.Value.Length > 0).Select(word => word.Key) ?? [])
                .Order(StringComparer.Ordinal).DefaultIfEmpty("none"));
            yield return Word(
                $"has no word for {Named(without)}. It has words for: {there}. The data's labels are: {string.Join(", ", labels)}.");
        }

        string[] unspelled =
            [.. labels.Where(
                (_, label) =>
                    words.Words[label].Length > 0
                    && (words.Tokens[label].Length == 0 || words.Tokens[label].Any(id => id == tokenizer.Special.Unknown)))];
        if (unspelled.Length > 0)
            yield return Word($"gives {Named(unspelled)} a word that the tokenizer cannot spell. Choose another word.");
        foreach (IGrouping<string, int> same in Enumerable.Range(0, labels.Count).Where(label => words.Tokens[label].Length > 0)
            .GroupBy(label => string.Join(' ', words.Tokens[label])).Where(group => group.Count() > 1))
        {
            yield return Word(
                $"gives {Named([.. same.Select(label => labels[label])])} the same tokens, so they cannot be distinguished. Choose " +
                "different words.");
        }
    }

    private static ValidationResult Word(string sentence) => new(sentence, [nameof(PrimingOptions.Verbalizers)]);

    private static string Named(string[] labels) =>
        $"the label{(labels.Length > 1 ? "s" : "")} {string.Join(", ", labels.Select(label => $"'{label}'"))}";
}
