using System.Text;
using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>BERT's words: runs of characters between white space, with each punctuation mark separate.</summary>
internal sealed class BertWords : PreTokenizer
{
    public override void Split(Piece piece, List<Piece> into)
    {
        int start = 0, position = 0;
        foreach (var rune in piece.Span.EnumerateRunes())
        {
            var space = Rune.IsWhiteSpace(rune);
            var mark = CharacterKinds.IsPunctuation(rune);
            if ((space || mark) && position > start)
                into.Add(piece.Part(start, position));
            if (mark)
                into.Add(piece.Part(position, position + rune.Utf16SequenceLength));
            position += rune.Utf16SequenceLength;
            if (space || mark)
                start = position;
        }

        if (position > start)
            into.Add(piece.Part(start, position));
    }
}
