using System.Globalization;

namespace Tenon.Images;

/// <summary>Names classes that files store as numbers or texts.</summary>
internal static class LabelNames
{
    // More values than this are most likely ids or years, not labels.
    private const int MaxClasses = 65536;

    /// <summary>Returns the names of classes that are numbered from 0.</summary>
    /// <param name="splits">The classes of the images, split by split.</param>
    /// <param name="names">The names in the options or the file, or null if the numbers are the names.</param>
    /// <param name="source">The origin of the numbers, for errors.</param>
    /// <exception cref="DataException">A number has no name.</exception>
    public static IReadOnlyList<string> OfNumbers(IEnumerable<int[]> splits, IReadOnlyList<string>? names, string source)
    {
        int[] all = [.. splits.SelectMany(split => split)];
        (int lowest, int highest) = (all.Min(), all.Max());
        if (lowest < 0)
            throw new DataException($"{source}: {lowest} is not a valid label; labels are names, or numbers from 0.");
        if (names is not null && highest >= names.Count)
            throw new DataException(
                $"{source}: {highest} is a label, but 'labelNames' has {names.Count} names, for 0 to {names.Count - 1}. Name every class.");
        if (names is null && highest >= MaxClasses)
            throw new DataException(
                $"{source}: {highest} is a label, which would mean more than {MaxClasses} classes. If this is the right label " +
                "column, set 'labelNames'.");
        return names ?? [.. Enumerable.Range(0, highest + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>
    /// Returns the classes of labels that are texts, ignoring the spaces around them. If all labels are numbers, they are the
    /// indices; otherwise they are names, indexed in the order of <paramref name="names"/> or, if it is null, in ordinal order.
    /// </summary>
    /// <param name="splits">The text of each image's label, split by split.</param>
    /// <param name="names">The names in the options or the file, or null.</param>
    /// <param name="source">For errors.</param>
    /// <returns>The names, the indices of each split, and a warning about names that may mean the same.</returns>
    /// <exception cref="DataException">A label has no name, or is not one of the names.</exception>
    public static (IReadOnlyList<string> Names, IReadOnlyList<int[]> Splits, IReadOnlyList<string> Similar) OfTexts(
        IReadOnlyList<string[]> splits, IReadOnlyList<string>? names, string source)
    {
        if (splits.All(split => split.All(text => Number(text) is not null)))
        {
            int[][] numbers = [.. splits.Select(split => split.Select(text => Number(text)!.Value).ToArray())];
            return (OfNumbers(numbers, names, source), numbers, []);
        }

        var found = new LabelSet(splits.SelectMany(split => split));
        IReadOnlyList<string> all = names ?? [.. found.Names.Order(StringComparer.Ordinal)];
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < all.Count; i++)
        {
            if (!indices.TryAdd(LabelSet.Clean(all[i]), i))
                throw new DataException($"{source}: 'labelNames' contains '{all[i]}' twice. Give each class a distinct name.");
        }

        return (all, [.. splits.Select(split => split.Select(Index).ToArray())], found.Similar);

        int Index(string text) => indices.TryGetValue(LabelSet.Clean(text), out int index)
            ? index
            : throw new DataException($"{source}: '{text}' is a label, but 'labelNames' has only {ImageSelection.Names(all)}. Add it.");
    }

    private static int? Number(string text) =>
        int.TryParse(LabelSet.Clean(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
}
