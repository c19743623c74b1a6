
namespace Tenon.Tokenizers.Models;

/// <summary>WordPiece: the longest token that starts a word, then the longest that continue it (Devlin et al. 2019).</summary>
/// <param name="vocabulary">All tokens.</param>
/// <param name="unknown">The token for words that cannot be spelled.</param>
/// <param name="prefix">Marks a token that continues a word.</param>
/// <param name="maximumLength">Words with more characters are unknown.</param>
internal sealed class WordPieces(Vocabulary vocabulary, int unknown, string prefix, int maximumLength) : SubwordModel
{
    private readonly int _longest = vocabulary.Tokens.Max(token => token.Length);

    protected override void EncodeNew(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (IsTooLong(piece))
        {
            ids.Add(unknown);
            return;
        }

        var first = ids.Count;
        // Room for the prefix before each part.
        Span<char> word = new char[prefix.Length + piece.Length];
        prefix.CopyTo(word);
        piece.CopyTo(word[prefix.Length..]);
        for (var start = 0; start < piece.Length;)
        {
            var candidate = start == 0 ? word[prefix.Length..] : word[start..];
            if (start > 0)
                prefix.CopyTo(candidate);
            var (length, id) = Longest(candidate, start == 0 ? 1 : prefix.Length + 1);
            if (length == 0)
            {
                ids.RemoveRange(first, ids.Count - first);
                ids.Add(unknown);
                return;
            }

            ids.Add(id);
            start += start == 0 ? length : length - prefix.Length;
        }
    }

    private (int Length, int Id) Longest(ReadOnlySpan<char> text, int least)
    {
        for (var length = Math.Min(text.Length, _longest); length >= least; length--)
        {
            if (vocabulary.TryFind(text[..length], out var id))
                return (length, id);
        }

        return (0, 0);
    }

    private bool IsTooLong(ReadOnlySpan<char> piece)
    {
        if (piece.Length <= maximumLength)
            return false;
        var count = 0;
        foreach (var _ in piece.EnumerateRunes())
            count++;
        return count > maximumLength;
    }
}
