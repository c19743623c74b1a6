namespace Tenon.TaskStudy;

/// <summary>A labelled example of a task.</summary>
/// <param name="Prompt">The input as one text.</param>
/// <param name="Answer">The label as a text; not empty.</param>
/// <param name="Question">The example as a question about a passage; null if it is none.</param>
internal sealed record TaskExample(string Prompt, string Answer, QuestionAnswerExample? Question = null);

/// <summary>The examples of a task.</summary>
/// <param name="Learned">Examples to learn from, in random order.</param>
/// <param name="HeldOut">Others, in random order.</param>
internal sealed record TaskExamples(IReadOnlyList<TaskExample> Learned, IReadOnlyList<TaskExample> HeldOut)
{
    /// <summary>Examples of data with a split of its own.</summary>
    public static TaskExamples Of<TExample>(IDataset<TExample> data, Func<TExample, TaskExample> convert) where TExample : Example =>
        Without(Shuffled(data.Train, convert), Shuffled(data.Validation!, convert));

    /// <summary>Examples of data without a split, of which a share is held out.</summary>
    public static TaskExamples Divided<TExample>(IExamples<TExample> data, double heldOut, Func<TExample, TaskExample> convert)
        where TExample : Example
    {
        TaskExample[] all = Shuffled(data, convert);
        int count = (int)(heldOut * all.Length);
        return new TaskExamples(all[count..], all[..count]);
    }

    private static TaskExamples Without(TaskExample[] learned, TaskExample[] heldOut)
    {
        HashSet<string> known = [.. learned.Select(one => one.Prompt)];
        return new TaskExamples(learned, [.. heldOut.Where(one => !known.Contains(one.Prompt))]);
    }

    private static TaskExample[] Shuffled<TExample>(IExamples<TExample> data, Func<TExample, TaskExample> convert) where TExample : Example
    {
        TaskExample[] all =
        [
            .. Enumerable.Range(0, checked((int)data.Count)).Select(index => convert(data[index]))
                .DistinctBy(one => one.Prompt, StringComparer.Ordinal),
        ];
        new SeededRandom(1).Fork("order").Shuffle<TaskExample>(all);
        return all;
    }
}
