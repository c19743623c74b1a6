using System.Globalization;
using System.Text.Json;

namespace Tenon.Text.Problems;

/// <summary>
/// Random sequences of letters with their copies, reversals or first letters, such as <c>dbca:</c> and <c>acbd</c>, drawn from a seed.
/// </summary>
[Data("sequences", "Random sequences to copy, reverse or begin, drawn from a seed; others, also longer ones, are held out",
    Stability = Stability.Preview)]
public sealed class SequencesData : IData<SequencesOptions, PromptExample>
{
    /// <inheritdoc/>
    public IDataset<PromptExample> Open(SequencesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        int shortest = options.HeldOutMinLength ?? options.MinLength;
        int longest = options.HeldOutMaxLength ?? Math.Max(shortest, options.MaxLength);
        Check("minLength", options.MinLength, "maxLength", options.MaxLength);
        Check("heldOutMinLength", shortest, "heldOutMaxLength", longest);
        var prompts = new DrawnPrompts(options.Seed);
        List<PromptExample> train = prompts.Train(options.Sequences, random => Draw(random, options.MinLength, options.MaxLength));
        List<PromptExample> heldOut = prompts.HeldOut(options.HeldOut, random => Draw(random, shortest, longest));
        if (train.Count == 0 || heldOut.Count == 0)
            throw new DataException(
                $"sequences: there are too few sequences of {options.MinLength} to {options.MaxLength} letters out of {options.Letters} " +
                "to hold some out. Raise 'maxLength' or 'letters'.");
        return new InMemoryDataset<PromptExample>(
            new DataFacts
            {
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{train.Count:N0} sequences of {options.MinLength} to {options.MaxLength} letters to " +
                    $"{options.Task switch { SequenceTask.Copy => "copy", SequenceTask.Reverse => "reverse", _ => "begin" }}; {heldOut.Count:N0} of {shortest} to {longest} held out"),
                Fingerprint = CacheFolder.Fingerprint(["sequences/1", JsonSerializer.Serialize(options)]),
            },
            train, heldOut);

        (string, PromptExample) Draw(SeededRandom random, int from, int to)
        {
            int length = from + (int)random.Next(to - from + 1);
            string text = string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(options.Letters))));
            return (text, new PromptExample($"{text}:", options.Task switch
            {
                SequenceTask.Copy => text,
                SequenceTask.Reverse => string.Concat(text.Reverse()),
                _ => text[..1],
            }));
        }
    }

    private static void Check(string shortest, int least, string longest, int most)
    {
        if (least > most)
            throw new DataException($"sequences: '{shortest}' is {least}, but '{longest}' is {most}. Lower the first or raise the second.");
    }
}
