using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>An example that cannot be used.</summary>
/// <param name="Split">Its split.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Origin">File and line, or the number of the example.</param>
/// <param name="Fault">Description of the fault.</param>
/// <param name="IsLongPrompt">Whether the example could be used if its prompt were truncated.</param>
internal sealed record UnusableExample(Split Split, long Index, string Origin, string Fault, bool IsLongPrompt);

/// <summary>An example whose content a training example has, too.</summary>
/// <param name="Copy">Its origin.</param>
/// <param name="Training">Origin of the training example.</param>
internal sealed record SharedContent(string Copy, string Training);

/// <summary>The results of reading every example once.</summary>
internal sealed record DataFindings
{
    /// <summary>Training examples read.</summary>
    public long Training { get; init; }

    /// <summary>Validation examples read.</summary>
    public long Validation { get; init; }

    /// <summary>Examples that cannot be used, by split and index.</summary>
    public IReadOnlyList<UnusableExample> Unusable { get; init; } = [];

    /// <summary>Training examples that are longer than the model's context.</summary>
    public long TruncatedTraining { get; init; }

    /// <summary>Validation examples that are longer than the model's context.</summary>
    public long TruncatedValidation { get; init; }

    /// <summary>Validation examples whose content is also in the training data.</summary>
    public long Shared { get; init; }

    /// <summary>
    /// Origin of the first of the <see cref="Shared"/> examples, and of the training example with the same content.
    /// </summary>
    public SharedContent? FirstShared { get; init; }

    /// <summary>Training images that are copies of an earlier training image.</summary>
    public long Copies { get; init; }

    /// <summary>Those of <see cref="Copies"/> that have another class than the earlier image.</summary>
    public long CopiesOfAnotherClass { get; init; }

    /// <summary>Origin of the first of <see cref="Copies"/>, and of the earlier image.</summary>
    public SharedContent? FirstCopy { get; init; }

    /// <summary>Examples of a split that are longer than the model's context.</summary>
    /// <param name="split">The split.</param>
    public long Truncated(Split split) => split == Split.Train ? TruncatedTraining : TruncatedValidation;

    /// <summary>Notes for the user, as sentences.</summary>
    public IEnumerable<string> Notes()
    {
        string[] truncated = [.. TruncatedParts()];
        if (truncated.Length > 0)
            yield return $"Truncated, because they are longer than the model's context: {string.Join(" and ", truncated)}. Split them, " +
                "or use a model with a longer context ('contextLength').";
        if (Shared > 0)
        {
            yield return $"{Count(Shared)} of {Count(Validation)} validation examples are also in the training " +
                $"data{SuchAs(FirstShared)}. Validation therefore overestimates the model; remove the copies.";
        }

        if (Copies > 0)
        {
            string other = CopiesOfAnotherClass > 0 ? $"; {Count(CopiesOfAnotherClass)} of them with another class" : "";
            yield return $"{Count(Copies)} of {Count(Training)} training images are copies of other training " +
                $"images{SuchAs(FirstCopy)}{other}. They count several times; remove the copies.";
        }
    }

    /// <summary>
    /// Returns sentences about examples that cannot be used, with their origins. Many equal faults are combined into one
    /// sentence.
    /// </summary>
    /// <param name="unusable">The examples.</param>
    public static IReadOnlyList<string> Faults(IEnumerable<UnusableExample> unusable) =>
    [
        .. unusable.GroupBy(example => example.Fault.Replace(example.Origin, "", StringComparison.Ordinal), StringComparer.Ordinal)
            .SelectMany(same => same.Skip(MaxAlike).Any()
                ? [Together(same)] : same.Select(example => Located(example.Origin, example.Fault))),
    ];

    /// <summary>Returns a sentence about one example.</summary>
    /// <param name="example">The example.</param>
    public static string Fault(UnusableExample example) => Located(example.Origin, example.Fault);

    // More equal faults than this are combined into one sentence, because they have one cause.
    private const int MaxAlike = 3;

    private static string Together(IEnumerable<UnusableExample> same)
    {
        UnusableExample first = same.First();
        return $"{Located(first.Origin, first.Fault)} The same applies to {Count(same.Count() - 1)} more: " +
            $"{string.Join(", ", same.Skip(1).Select(example => example.Origin))}.";
    }

    private static string Located(string origin, string fault) =>
        fault.Contains(origin, StringComparison.Ordinal) ? fault : $"{origin}: {fault}";

    private IEnumerable<string> TruncatedParts()
    {
        if (TruncatedTraining > 0)
            yield return $"{Count(TruncatedTraining)} of {Count(Training)} training examples";
        if (TruncatedValidation > 0)
            yield return $"{Count(TruncatedValidation)} of {Count(Validation)} validation examples";
    }

    private static string SuchAs(SharedContent? first) => first is null ? "" : $", such as {first.Copy} (as {first.Training})";

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
