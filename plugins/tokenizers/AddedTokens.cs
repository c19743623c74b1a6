using System.Buffers;
using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers;

/// <summary>A part of a text: plain, or an added token.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Token">The token, or null.</param>
internal readonly record struct TextPart(int Start, int End, AddedToken? Token);

/// <summary>Finds added tokens in a text, from left to right, and the longest of several at the same position.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<long, int> _next = [];
    private readonly List<AddedToken?> _tokenAt = [null];
    private readonly SearchValues<char> _starts;

    /// <summary>Builds a trie.</summary>
    /// <param name="tokens">The tokens with the spellings to look for, none of them empty.</param>
    public AddedTokens(IEnumerable<(string Spelling, AddedToken Token)> tokens)
    {
        var starts = new HashSet<char>();
        foreach (var (spelling, token) in tokens)
        {
            starts.Add(spelling[0]);
            var node = 0;
            foreach (var c in spelling)
            {
                if (!_next.TryGetValue(Edge(node, c), out var child))
                {
                    child = _tokenAt.Count;
                    _tokenAt.Add(null);
                    _next.Add(Edge(node, c), child);
                }

                node = child;
            }

            _tokenAt[node] = token;
        }

        _starts = SearchValues.Create([.. starts]);
    }

    /// <summary>Splits a text into its parts in order, none of them empty.</summary>
    public IEnumerable<TextPart> Split(string text)
    {
        var done = 0;
        for (int at = Next(text, 0), length; at < text.Length; at = Next(text, at + length))
        {
            var token = Longest(text, at, out length);
            if (token is null || (token.SingleWord && !IsWord(text, at, at + length)))
            {
                length = token is null ? 1 : length;
                continue;
            }

            int start = at, end = at + length;
            while (token.LeftStrip && start > done && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > done)
                yield return new TextPart(done, start, null);
            yield return new TextPart(start, end, token);
            done = end;
            length = end - at;
        }

        if (done < text.Length)
            yield return new TextPart(done, text.Length, null);
    }

    private int Next(string text, int from)
    {
        if (from >= text.Length)
            return text.Length;
        var found = text.AsSpan(from).IndexOfAny(_starts);
        return found < 0 ? text.Length : from + found;
    }

    private AddedToken? Longest(string text, int at, out int length)
    {
        (length, var node, AddedToken? found) = (0, 0, null);
        for (var end = at; end < text.Length && _next.TryGetValue(Edge(node, text[end]), out node); end++)
        {
            if (_tokenAt[node] is { } token)
                (found, length) = (token, end + 1 - at);
        }

        return found;
    }

    private static bool IsWord(string text, int start, int end) =>
        (start == 0 || !IsWordCharacter(
            Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _) == OperationStatus.Done ? before : Rune.ReplacementChar))
        && (end == text.Length
            || !IsWordCharacter(
                Rune.DecodeFromUtf16(text.AsSpan(end), out var after, out _) == OperationStatus.Done ? after : Rune.ReplacementChar));

    private static bool IsWordCharacter(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
        is >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation
            or UnicodeCategory.LetterNumber
        // Joiners, and circled letters.
        || rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9);

    private static long Edge(int node, char c) => ((long)node << 16) | c;
}
