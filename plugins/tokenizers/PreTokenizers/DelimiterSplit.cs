using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>What happens to the delimiters.</summary>
internal enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each starts the piece after it.</summary>
    MergedWithNext,

    /// <summary>Adjacent ones are one piece.</summary>
    Contiguous,
}

/// <summary>Splits at delimiters.</summary>
/// <param name="find">The delimiters of a text in order: start and length.</param>
/// <param name="behavior">What happens to them.</param>
/// <param name="invert">Whether the text between the matches is the delimiter instead.</param>
internal sealed class DelimiterSplit(
    Func<string, IEnumerable<(int Start, int Length)>> find, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    /// <summary>Finds a text.</summary>
    public static Func<string, IEnumerable<(int, int)>> Text(string delimiter) => text => Occurrences(text, delimiter);

    /// <summary>Finds characters.</summary>
    public static Func<string, IEnumerable<(int, int)>> Characters(Func<System.Text.Rune, bool> isDelimiter) =>
        text => Matching(text, isDelimiter);

    /// <summary>Finds matches.</summary>
    public static Func<string, IEnumerable<(int, int)>> Pattern(CodePointRegex pattern) => pattern.Matches;

    public override void Split(Piece piece, List<Piece> into)
    {
        var text = piece.Span.Length == piece.Text.Length ? piece.Text : piece.Span.ToString();
        var at = 0;
        // A pending piece starts here, to be joined with what follows.
        int? pending = null;
        var lastDelimiter = -1;
        foreach (var (start, length) in find(text))
        {
            if (length == 0)
                continue;
            Add(at, start, invert);
            Add(start, start + length, !invert);
            at = start + length;
        }

        Add(at, text.Length, invert);
        if (pending is { } open)
            into.Add(piece.Part(open, text.Length));

        void Add(int start, int end, bool delimiter)
        {
            if (start == end)
                return;
            switch (behavior)
            {
                case SplitBehavior.Removed:
                    if (!delimiter)
                        into.Add(piece.Part(start, end));
                    break;
                case SplitBehavior.Isolated:
                    into.Add(piece.Part(start, end));
                    break;
                case SplitBehavior.MergedWithPrevious:
                    // A delimiter after a delimiter has no piece to end.
                    if (delimiter)
                        into.Add(piece.Part(pending ?? start, end));
                    pending = delimiter ? null : start;
                    break;
                case SplitBehavior.MergedWithNext:
                    if (!delimiter)
                        into.Add(piece.Part(pending ?? start, end));
                    else if (pending is { } alone)
                        into.Add(piece.Part(alone, start));
                    pending = delimiter ? start : null;
                    break;
                case SplitBehavior.Contiguous:
                    if (delimiter && lastDelimiter == start)
                        into[^1] = into[^1] with { Length = into[^1].Length + end - start };
                    else
                        into.Add(piece.Part(start, end));
                    lastDelimiter = delimiter ? end : -1;
                    break;
                default:
                    throw new InvalidOperationException($"There is no behavior {behavior}.");
            }
        }
    }

    private static IEnumerable<(int, int)> Occurrences(string text, string delimiter)
    {
        for (var at = text.IndexOf(delimiter, StringComparison.Ordinal); at >= 0;
            at = text.IndexOf(delimiter, at + delimiter.Length, StringComparison.Ordinal))
            yield return (at, delimiter.Length);
    }

    private static IEnumerable<(int, int)> Matching(string text, Func<System.Text.Rune, bool> isDelimiter)
    {
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (isDelimiter(rune))
                yield return (at, rune.Utf16SequenceLength);
            at += rune.Utf16SequenceLength;
        }
    }
}
