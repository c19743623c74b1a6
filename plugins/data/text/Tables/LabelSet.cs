using System.Globalization;

namespace Tenon.Text.Tables;

/// <summary>The classes of labels: distinct spellings without the spaces around them.</summary>
internal sealed class LabelSet
{
    private const int MaxShown = 5;
    private readonly Dictionary<string, int> _index;

    /// <summary>Collects the classes.</summary>
    /// <param name="labels">The labels of all examples of both parts.</param>
    public LabelSet(IEnumerable<string> labels)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string label in labels)
            counts[Clean(label)] = counts.GetValueOrDefault(Clean(label)) + 1;
        Names = InOrder(counts.Keys);
        _index = Names.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        Notes = Warnings(counts);
    }

    /// <summary>The classes: in numerical order if all are whole numbers, otherwise in ordinal order.</summary>
    public string[] Names { get; }

    /// <summary>A warning if several classes may be the same: they differ only in case, spaces or number format.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The index of a label's class.</summary>
    /// <param name="label">One of the labels.</param>
    public int this[string label] => _index[Clean(label)];

    /// <summary>A label without the spaces around it.</summary>
    public static string Clean(string label) => label.Trim();

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
        if (counts.Count == 1)
            return [$"All rows have the same label '{counts.Keys.First()}', so there is nothing to learn. Set the right column, or " +
                "add rows of another class."];
        return groups.Length == 0
            ? []
            : ["Labels that differ only in case, spaces or number format are different classes: " +
                $"{string.Join("; ", groups.Take(MaxShown))}{more}. Spell them alike if they mean the same."];
    }

    // Equal for labels that differ in case, in the number or kind of spaces between words, or in the format of a number.
    private static string Meaning(string label)
    {
        string words = string.Join(' ', label.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return double.TryParse(words, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : words;
    }
}
