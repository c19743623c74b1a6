namespace Tenon.Layers;

/// <summary>What all causal language models have, regardless of their network. All values are resolved.</summary>
public record LanguageConfiguration
{
    /// <summary>Number of token ids, V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence in tokens, including virtual ones.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The token that starts a document, or null if there is none.</summary>
    public int? BeginOfText { get; init; }

    /// <summary>The token that ends a document, or null if there is none.</summary>
    public int? EndOfText { get; init; }

    /// <summary>Whether several processes may divide a batch: false if random numbers of the model do not depend on rows.</summary>
    public bool DividesBatches { get; init; } = true;

    /// <summary>Resolves the number of token ids: the option, the tokenizer's, or a published model's.</summary>
    /// <param name="option">The option <c>vocabularySize</c>, or null if it is not set.</param>
    /// <param name="tokenizer">The tokenizer's number, or null if the run has none.</param>
    /// <param name="published">The preset's number if the recipe sets a preset, otherwise null.</param>
    /// <exception cref="ModelException">The option is smaller than the tokenizer's, or none of the three is given.</exception>
    public static int ResolveVocabulary(int? option, int? tokenizer, int? published)
    {
        if (option < tokenizer)
        {
            throw new ModelException(
                $"'vocabularySize' is {option}, but the tokenizer has {tokenizer} ids. " +
                "Remove it to use the tokenizer's, increase it to at least that, or use the tokenizer that belongs to the model.");
        }

        return option ?? tokenizer ?? published ?? throw new ModelException(
            "'vocabularySize' is not set and the run has no tokenizer. Set it, configure a tokenizer, or choose a preset.");
    }
}
