using System.Globalization;

namespace Tenon;

/// <summary>
/// The classes of a data set whose labels are texts, such as cells of a table or names of folders. Each distinct spelling is a
/// class; surrounding spaces are ignored.
/// </summary>
public sealed class LabelSet
{
    private const int MaxShown = 5;
    private readonly Dictionary<string, int> _index;

    /// <summary>Collects the classes.</summary>
    /// <param name="labels">The labels of all examples, for training and validation.</param>
    public LabelSet(IEnumerable<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string label in labels)
            counts[Clean(label)] = counts.GetValueOrDefault(Clean(label)) + 1;
        Names = InOrder(counts.Keys);
        _index = Names.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        Similar = Warnings(counts);
    }

    /// <summary>The classes: in numerical order if all are whole numbers, otherwise in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// Warns of classes that probably mean the same, because they differ only in case, spaces or number format. Empty if there are
    /// no such classes.
    /// </summary>
    public IReadOnlyList<string> Similar { get; }

    /// <summary>Warns that all labels are the same, so that a classifier has nothing to learn. Empty if they differ.</summary>
    public IReadOnlyList<string> NothingToLearn => Names.Count != 1 ? []
        : [$"All rows have the same label '{Names[0]}', so there is nothing to learn. Set the right column, or add rows of another class."];

    /// <summary>The index of a label's class in <see cref="Names"/>.</summary>
    /// <param name="label">One of the labels.</param>
    public int this[string label] => _index[Clean(label)];

    /// <summary>Removes the spaces around a label.</summary>
    /// <param name="label">The label as written.</param>
    public static string Clean(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return label.Trim();
    }

    private static string[] InOrder(IEnumerable<string> labels)
    {
        string[] all = [.. labels];
        return all.All(label => long.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? [.. all.OrderBy(label => long.Parse(label, CultureInfo.InvariantCulture)).ThenBy(label => label, StringComparer.Ordinal)]
            : [.. all.Order(StringComparer.Ordinal)];
    }

    private static string[] Warnings(Dictionary<string, int> counts)
    {
        string[] groups = [.. counts.Keys.GroupBy(Meaning, StringComparer.Ordinal).Where(group => group.Count() > 1)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => string.Join(", ", group.Order(StringComparer.Ordinal).Select(label =>
                string.Create(CultureInfo.InvariantCulture, $"'{label}' ({counts[label]:N0})"))))];
        string more = groups.Length > MaxShown ? $" and {groups.Length - MaxShown} more" : "";
        return groups.Length == 0
            ? []
            : ["Labels that differ only in case, spaces or number format are different classes: " +
                $"{string.Join("; ", groups.Take(MaxShown))}{more}. Spell them the same way if they mean the same."];
    }

    // Returns the same text for labels that differ only in case, in the spaces between words, in invisible characters, or in the
    // format of a number.
    private static string Meaning(string label)
    {
        string seen = string.Concat(label.Where(c => char.IsWhiteSpace(c)
            || char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Control)));
        string words = string.Join(' ', seen.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return double.TryParse(words, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : words;
    }
}
