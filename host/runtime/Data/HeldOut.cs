using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>
/// Splits examples into training and validation if the data does not define a split. The source is divided into equal stretches,
/// one for each example to hold out, and one random example of each is held out, so that every part of the source is represented.
/// Complete documents are held out, because parts of one document resemble each other.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
/// <param name="Train">Training examples, in the source's order.</param>
/// <param name="Validation">Validation examples, in the source's order; null when the share is 0.</param>
internal sealed record HeldOut<TExample>(IExamples<TExample> Train, IExamples<TExample>? Validation) where TExample : Example
{
    /// <summary>Splits examples.</summary>
    /// <param name="examples">All examples, at least one.</param>
    /// <param name="share">Share to hold out, 0 … 0.9; at least one example if positive.</param>
    /// <param name="random">Its seed determines which examples are held out.</param>
    /// <exception cref="DataException">There is only one example, and it is not a text that can be cut.</exception>
    public static HeldOut<TExample> Of(IExamples<TExample> examples, double share, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(examples.Count, 1);
        if (share <= 0)
            return new HeldOut<TExample>(examples, null);
        if (examples.Count == 1)
            return CutTheOnlyDocument(examples, share);
        long heldOut = Math.Clamp((long)Math.Round(examples.Count * share), 1, examples.Count - 1);
        var strata = new Strata(examples.Count, heldOut, random);
        return new HeldOut<TExample>(
            new Selected<TExample>(examples, examples.Count - heldOut, strata.Kept),
            new Selected<TExample>(examples, heldOut, strata.HeldOut));
    }

    private static HeldOut<TExample> CutTheOnlyDocument(IExamples<TExample> examples, double share)
    {
        if (examples is not IExamples<TextExample> texts)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"The data has only one example, so no share ({share}) can be held out. Add examples, or set validation:share to 0."));
        }

        string text = texts[0].Text;
        int cut = CutPoint(text, (int)(text.Length * (1 - share)));
        return new HeldOut<TExample>(Part(..cut), Part(cut..));

        IExamples<TExample> Part(Range range) => (IExamples<TExample>)(object)new TextPart(texts, range);
    }

    // The first line that starts after the position, otherwise the first word.
    private static int CutPoint(string text, int position)
    {
        int line = text.IndexOf('\n', position);
        if (line >= 0 && line + 1 < text.Length)
            return line + 1;
        int word = text.IndexOf(' ', position);
        if (word >= 0 && word + 1 < text.Length)
            return word + 1;
        throw new DataException(
            $"The data has one document of {text.Length} characters, without a line or word to hold out after character {position}. Add " +
            "text, or set validation:share to 0.");
    }

    /// <summary>Part of the text of a single document.</summary>
    private sealed class TextPart(IExamples<TextExample> document, Range range) : IExamples<TextExample>
    {
        public long Count => 1;

        public TextExample this[long index] => new(document[index].Text[range]);

        public string? Origin(long index) => document.Origin(index);
    }
}

/// <summary>Examples selected by position.</summary>
internal sealed class Selected<TExample>(IExamples<TExample> all, long count, Func<long, long> position) : IExamples<TExample>
    where TExample : Example
{
    public long Count => count;

    public TExample this[long index] => index >= 0 && index < count
        ? all[position(index)]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {count} examples.");

    public string? Origin(long index) => all.Origin(position(index));
}

/// <summary>Divides the numbers below a count into equal stretches, each with one held-out number, without storing them.</summary>
internal sealed class Strata(long count, long strata, SeededRandom random)
{
    /// <summary>Returns the held-out number of a stretch.</summary>
    public long HeldOut(long stratum)
    {
        long start = Start(stratum);
        return start + random.Fork(stratum).Next(Start(stratum + 1) - start);
    }

    /// <summary>Returns the n-th number that is not held out.</summary>
    public long Kept(long n)
    {
        // Before stretch s there are Start(s) - s kept numbers, a non-decreasing function: find the last s with at most n.
        long low = 0;
        long high = strata - 1;
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            if (Start(middle) - middle <= n)
                low = middle;
            else
                high = middle - 1;
        }

        long number = n + low;
        return number >= HeldOut(low) ? number + 1 : number;
    }

    private long Start(long stratum) => (long)((Int128)stratum * count / strata);
}
