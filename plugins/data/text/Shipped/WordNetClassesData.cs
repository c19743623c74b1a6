namespace Tenon.Text.Shipped;

/// <summary>No options.</summary>
public sealed record WordNetClassesOptions;

/// <summary>Nouns of WordNet 3.0 with their definitions, from 12 of its topics (Fellbaum 1998): 772 to 799 of each.</summary>
[Data("wordnet-classes", "9,496 nouns with their definitions, in 12 classes (built in)", Stability = Stability.Preview)]
public sealed class WordNetClassesData : IData<WordNetClassesOptions, LabelledTextExample>
{
    /// <inheritdoc/>
    public IDataset<LabelledTextExample> Open(WordNetClassesOptions options, DataContext context)
    {
        // The first line names the columns: label, word, definition.
        string[][] rows = [.. Resource.Lines("wordnet-classes.tsv.gz").Skip(1).Select(line => line.Split('\t'))];
        string[] labels = [.. rows.Select(row => row[0]).Distinct().Order(StringComparer.Ordinal)];
        LabelledTextExample[] examples =
            [.. rows.Select(row => new LabelledTextExample($"{row[1]}: {row[2]}", Array.IndexOf(labels, row[0])))];
        return new InMemoryDataset<LabelledTextExample>(
            new DataFacts
            {
                Labels = labels,
                Summary = $"{examples.Length:N0} nouns with their definitions, {labels.Length} labels",
                Fingerprint = "wordnet-classes-3.0"
            },
            examples);
    }
}
