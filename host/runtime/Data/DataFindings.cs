using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>An example that cannot be used.</summary>
/// <param name="Split">Its split.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Origin">File and line, or the number of the example.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="IsLongPrompt">Whether it could be used with a truncated prompt.</param>
internal sealed record UnusableExample(Split Split, long Index, string Origin, string Fault, bool IsLongPrompt);

/// <summary>An example whose content a training example has, too.</summary>
/// <param name="Copy">Its origin.</param>
/// <param name="Training">Origin of the training example.</param>
internal sealed record SharedContent(string Copy, string Training);

/// <summary>What reading every example once has found.</summary>
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

    /// <summary>Origin of the first of <see cref="Shared"/>, and of the training example with the same content.</summary>
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

    /// <summary>What the user should know, as sentences.</summary>
    public IEnumerable<string> Notes()
    {
        string[] truncated = [.. TruncatedParts()];
        if (truncated.Length > 0)
            yield return $"Longer than the model's context, and therefore truncated: {string.Join(" and ", truncated)}. Split them, or use a model with a longer context ('contextLength').";
        if (Shared > 0)
        {
            yield return $"Also in the training data: {Count(Shared)} of {Count(Validation)} validation examples{SuchAs(FirstShared)}. Validation overrates the model; remove the copies.";
        }

        if (Copies > 0)
        {
            string other = CopiesOfAnotherClass > 0 ? $"; {Count(CopiesOfAnotherClass)} of them with another class" : "";
            yield return $"Copies of other training images: {Count(Copies)} of {Count(Training)}{SuchAs(FirstCopy)}{other}. They count several times; remove the copies.";
        }
    }

    /// <summary>
    /// Sentences about examples that cannot be used, each with the origins that it is about: equal faults are one sentence.
    /// </summary>
    /// <param name="unusable">The examples.</param>
    public static IReadOnlyList<string> Faults(IEnumerable<UnusableExample> unusable) =>
    [
        .. unusable.GroupBy(example => example.Fault.Replace(example.Origin, "", StringComparison.Ordinal), StringComparer.Ordinal)
            .SelectMany(same => same.Skip(MostAlike).Any() ? [Together(same)] : same.Select(example => Located(example.Origin, example.Fault))),
    ];

    /// <summary>A sentence about one example.</summary>
    /// <param name="example">The example.</param>
    public static string Fault(UnusableExample example) => Located(example.Origin, example.Fault);

    // More equal faults are one sentence: they have one cause.
    private const int MostAlike = 3;

    private static string Together(IEnumerable<UnusableExample> same)
    {
        UnusableExample first = same.First();
        return $"{Located(first.Origin, first.Fault)} The same holds for {Count(same.Count() - 1)} more: {string.Join(", ", same.Skip(1).Select(example => example.Origin))}.";
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
