namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>A part of a text.</summary>
/// <param name="Text">The string that contains it.</param>
/// <param name="Start">Where it starts.</param>
/// <param name="Length">Its length.</param>
/// <param name="First">Whether the encoded text starts here.</param>
internal readonly record struct Piece(string Text, int Start, int Length, bool First)
{
    /// <summary>The characters.</summary>
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    /// <summary>A part of this piece.</summary>
    /// <param name="start">Where it starts in this piece.</param>
    /// <param name="end">Where it ends in this piece.</param>
    public Piece Part(int start, int end) => new(Text, Start + start, end - start, First && start == 0);
}

/// <summary>Splits a text into pieces, which the model encodes one by one.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Splits a piece.</summary>
    /// <param name="piece">Not empty.</param>
    /// <param name="into">Receives the parts, none of them empty.</param>
    public abstract void Split(Piece piece, List<Piece> into);
}

/// <summary>A sequence of pre-tokenizers, each of which splits the pieces of the previous one.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> stages) : PreTokenizer
{
    public override void Split(Piece piece, List<Piece> into)
    {
        List<Piece> current = [piece];
        for (var i = 0; i < stages.Count; i++)
        {
            var next = i == stages.Count - 1 ? into : [];
            foreach (var part in current)
                stages[i].Split(part, next);
            current = next;
        }

        if (stages.Count == 0)
            into.Add(piece);
    }
}

/// <summary>A hand-written pattern that finds the end of each piece; pieces cover the text.</summary>
internal abstract class PatternPreTokenizer : PreTokenizer
{
    /// <summary>The end of the piece that starts at <paramref name="start"/>; always greater than it.</summary>
    public abstract int PieceEnd(ReadOnlySpan<char> text, int start);

    public sealed override void Split(Piece piece, List<Piece> into)
    {
        var text = piece.Span;
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = PieceEnd(text, start);
            into.Add(piece.Part(start, end));
        }
    }
}
