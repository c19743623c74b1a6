using System.Globalization;

namespace Tenon.Text.SdkDocs;

/// <summary>
/// Questions about the .NET SDK whose answers are spans of passages made from its documentation. Some questions have no answer: the
/// sentence with the answer is removed, and other sentences about the same member remain. All questions about some namespaces are held
/// out (<see cref="HeldOutNamespaces"/>), and three forms of questions occur only among those.
/// </summary>
[Data("sdk-passages", "Questions about passages of the .NET SDK's documentation, with answers as spans", Stability = Stability.Preview)]
public sealed class SdkPassagesData : IData<SdkPassagesOptions, QuestionAnswerExample>
{
    /// <inheritdoc/>
    public IDataset<QuestionAnswerExample> Open(SdkPassagesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        SdkPack pack = SdkPacks.Needed("sdk-passages", options.Sdk, "'squad'", context);
        SdkPassage[] passages = [.. SdkPassages.Read(pack.Files, options.LongestPassage, options.LongestAnswer)];
        HashSet<string> heldOut = HeldOutNamespaces.Choose(
            [.. passages.Select(passage => passage.Namespace)], options.HeldOut, context.Random.Fork("held-out namespaces"));
        SeededRandom random = context.Random.Fork("questions");
        QuestionAnswerExample[] train =
            [.. Ask(passages.Where(passage => !heldOut.Contains(passage.Namespace)), options, QuestionForms.Known, random.Fork("train"))];
        QuestionAnswerExample[] validation =
            [.. Ask(passages.Where(passage => heldOut.Contains(passage.Namespace)), options, options.Forms, random.Fork("validation"))];
        if (train.Length == 0 || validation.Length == 0)
            throw new DataException($"sdk-passages: the documentation of .NET SDK {pack.Version} has too few namespaces with several " +
                "sentences about a type. Raise 'longestPassage', 'longestAnswer' or 'heldOut'.");
        // Otherwise, questions about the same type would be adjacent.
        context.Random.Fork("order").Shuffle<QuestionAnswerExample>(validation);
        return new InMemoryDataset<QuestionAnswerExample>(
            new DataFacts
            {
                HasQuestions = true,
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"documentation of .NET SDK {pack.Version}: {train.Length:N0} questions; for validation " +
                        $"{validation.Length:N0} about {heldOut.Count} other namespaces"),
                Fingerprint = CacheFolder.Fingerprint(
                    [.. pack.Files.Select(CacheFolder.Describe), "sdk-passages/2",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{options.LongestPassage} {options.LongestAnswer} {options.PerPassage} {options.Unanswerable:R} " +
                                $"{options.Forms} {options.HeldOut:R} {context.Random.Seed}")]),
            },
            train, validation);
    }

    /// <summary>Draws questions about passages.</summary>
    internal static IEnumerable<QuestionAnswerExample> Ask(
        IEnumerable<SdkPassage> passages, SdkPassagesOptions options, QuestionForms forms, SeededRandom random)
    {
        foreach ((int number, SdkPassage passage) in passages.Index())
        {
            SeededRandom own = random.Fork(number);
            int[] order = [.. Enumerable.Range(0, passage.Facts.Count)];
            own.Shuffle<int>(order);
            IEnumerable<(int Index, string[] Forms)> possible = order
                .Select(index => (index, Forms(passage.Facts[index], forms))).Where(fact => fact.Item2.Length > 0);
            foreach ((int index, string[] allowed) in possible.Take(options.PerPassage))
                yield return passage.Ask(
                    index, allowed[(int)own.Next(allowed.Length)], isAnswerable: own.NextDouble() >= options.Unanswerable);
        }
    }

    private static string[] Forms(SdkFact fact, QuestionForms forms) => forms switch
    {
        QuestionForms.Known => [.. SdkForms.Known(fact)],
        QuestionForms.New => SdkForms.New(fact) is { } form ? [form] : [],
        _ => SdkForms.New(fact) is { } form ? WithNew(SdkForms.Known(fact), form) : [.. SdkForms.Known(fact)],
    };

    // One in three questions has the new form.
    private static string[] WithNew(IReadOnlyList<string> known, string form) => [.. known, .. Enumerable.Repeat(form, known.Count / 2)];
}
