namespace Tenon.Images;

/// <summary>Selects images by position: by class, up to a number per class, or a held-out share.</summary>
internal static class ImageSelection
{
    /// <summary>Returns the new index of each class of the source, or -1 if it is not kept.</summary>
    /// <param name="labels">The source's classes.</param>
    /// <param name="kept">The names to keep, in their new order, or null for all.</param>
    /// <param name="source">The name of the data, for errors.</param>
    /// <exception cref="DataException">A name is not a class, or appears twice.</exception>
    public static int[] Classes(IReadOnlyList<string> labels, IReadOnlyList<string>? kept, string source)
    {
        if (kept is null)
            return [.. Enumerable.Range(0, labels.Count)];
        if (labels.Count == 0)
            throw new DataException($"{source}: 'classes' selects {Names(kept)}, but the images have no classes. Remove 'classes'.");
        if (kept.Count == 0)
            throw new DataException($"{source}: 'classes' is empty. Add at least one of {Names(labels)}, or remove it to keep all.");

        int[] indices = new int[labels.Count];
        Array.Fill(indices, -1);
        for (int i = 0; i < kept.Count; i++)
        {
            int old = Enumerable.Range(0, labels.Count).FirstOrDefault(l => labels[l] == kept[i], -1);
            if (old < 0)
                throw new DataException(
                    $"{source}: 'classes' contains '{kept[i]}', which is not a class. The classes are {Names(labels)}.");
            if (indices[old] >= 0)
                throw new DataException($"{source}: 'classes' contains '{kept[i]}' twice. Remove one.");
            indices[old] = i;
        }

        return indices;
    }

    /// <summary>Returns the positions of the images whose class is kept, in order.</summary>
    public static int[] OfClasses(ImageSource source, int[] classes) =>
        [.. Enumerable.Range(0, source.Count).Where(i => source.Labels is null || classes[source.Labels[i]] >= 0)];

    /// <summary>Returns at most a given number of positions per class, in order.</summary>
    public static int[] PerClass(ImageSource source, int[] positions, int limit, SeededRandom random) => limit == 0
        ? positions
        : [.. ByClass(source, positions, random).SelectMany(ofClass => ofClass.Take(limit)).Order()];

    /// <summary>Holds out a share of each class: rounded, never the whole class, and never part of a group.</summary>
    /// <returns>Both parts keep the source's order.</returns>
    public static (int[] Train, int[] HeldOut) HoldOut(ImageSource source, int[] positions, double share, SeededRandom random)
    {
        var train = new List<int>();
        var heldOut = new List<int>();
        foreach (int[] ofClass in ByClass(source, positions, random))
        {
            int count = Math.Min((int)Math.Round(ofClass.Length * share, MidpointRounding.AwayFromZero), ofClass.Length - 1);
            foreach (IGrouping<int, int> group in ofClass.GroupBy(i => source.Groups?[i] ?? i))
            {
                bool fits = group.Count() <= count;
                (fits ? heldOut : train).AddRange(group);
                count -= fits ? group.Count() : 0;
            }
        }

        return ([.. train.Order()], [.. heldOut.Order()]);
    }

    /// <summary>Formats names as a list for a sentence; if there are many, only the first ones.</summary>
    public static string Names(IEnumerable<string> names)
    {
        const int Most = 20;
        string[] all = [.. names];
        string first = string.Join(", ", all.Take(Most).Select(name => $"'{name}'"));
        return all.Length <= Most ? first : $"{first} and {all.Length - Most} more";
    }

    // Each class has its own random stream, so that the draw from one does not depend on the size of another.
    private static IEnumerable<int[]> ByClass(ImageSource source, int[] positions, SeededRandom random)
    {
        foreach (IGrouping<int, int> group in positions.GroupBy(i => source.Labels?[i] ?? 0))
        {
            int[] ofClass = [.. group];
            random.Fork(group.Key).Shuffle<int>(ofClass);
            yield return ofClass;
        }
    }
}
