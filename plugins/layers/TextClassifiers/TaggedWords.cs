namespace Tenon.Layers;

/// <summary>Sentences whose words have classes, as tokens with labels.</summary>
public static class TaggedWords
{
    /// <summary>Tokenizes a sentence word by word.</summary>
    /// <param name="example">The sentence.</param>
    /// <param name="tokenizer">Encodes the words.</param>
    /// <returns>The ids without special tokens, and for each the class of its word, or null if it is not the word's first token.</returns>
    /// <exception cref="DataException">A word has no token.</exception>
    public static (IReadOnlyList<int> Ids, IReadOnlyList<int?> Tags) Tokenize(TokenLabelledExample example, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(example);
        ArgumentNullException.ThrowIfNull(tokenizer);
        List<int> ids = [];
        List<int?> tags = [];
        foreach ((int index, string word) in example.Words.Index())
        {
            // After a space, as in running text, because byte-level vocabularies distinguish the two.
            IReadOnlyList<int> pieces = tokenizer.Encode(index == 0 ? word : $" {word}", recognizeSpecial: true);
            if (pieces.Count == 0)
                pieces = [tokenizer.Special.Unknown
                    ?? throw new DataException($"The word '{word}' has no token. Remove it from the data.")];
            ids.AddRange(pieces);
            tags.AddRange([example.Tags[index], .. Enumerable.Repeat((int?)null, pieces.Count - 1)]);
        }

        return (ids, tags);
    }

    /// <summary>The labels of a row; special tokens and the later tokens of a word have none.</summary>
    /// <param name="tags">The class of each token that is not special, or null.</param>
    /// <param name="before">Number of special tokens before them.</param>
    /// <param name="length">Number of tokens in the row.</param>
    /// <param name="classes">Names of the model's classes.</param>
    /// <returns>A class for each token, or -100.</returns>
    /// <exception cref="DataException">A class is out of range.</exception>
    public static long[] Labels(IEnumerable<int?> tags, int before, int length, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentNullException.ThrowIfNull(classes);
        var labels = new long[length];
        Array.Fill(labels, BatchNames.Ignored);
        foreach ((int index, int? tag) in tags.Index())
        {
            if (tag is not { } known)
                continue;
            labels[before + index] = known >= 0 && known < classes.Count ? known : throw new DataException(
                $"A word has the label {known}, but the model's classes are 0 … {classes.Count - 1} ({string.Join(", ", classes)}). " +
                "Use the data that the classes belong to.");
        }

        return labels;
    }
}
