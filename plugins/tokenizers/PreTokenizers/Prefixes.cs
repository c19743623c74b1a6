namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>Puts a space before a piece that does not start with one (<c>add_prefix_space</c> of <c>ByteLevel</c>).</summary>
internal sealed class SpacePrefix : PreTokenizer
{
    public override void Split(Piece piece, List<Piece> into) =>
        into.Add(piece.Span[0] == ' ' ? piece : new Piece($" {piece.Span}", 0, piece.Length + 1, piece.First));
}

/// <summary>Which pieces <see cref="Metaspace"/> prefixes.</summary>
internal enum PrependScheme
{
    /// <summary>All.</summary>
    Always,

    /// <summary>The piece that starts the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}

/// <summary>SentencePiece's words: spaces become ▁, and each word starts with one.</summary>
/// <param name="mark">The character for a space.</param>
/// <param name="scheme">Which pieces get a leading mark.</param>
/// <param name="split">Whether to split at these marks.</param>
internal sealed class Metaspace(char mark, PrependScheme scheme, bool split) : PreTokenizer
{
    public override void Split(Piece piece, List<Piece> into)
    {
        var text = piece.Span.ToString().Replace(' ', mark);
        if (text[0] != mark && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.First)))
            text = mark + text;
        var whole = new Piece(text, 0, text.Length, piece.First);
        var start = 0;
        for (var next = split ? text.IndexOf(mark, 1) : -1; next > 0; next = text.IndexOf(mark, next + 1))
        {
            into.Add(whole.Part(start, next));
            start = next;
        }

        into.Add(whole.Part(start, text.Length));
    }
}
