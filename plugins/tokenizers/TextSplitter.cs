using System.Text.RegularExpressions;

namespace Tenon.Tokenizers;

/// <summary>Splits a text at its added tokens; of several matches at one position, the longest wins.</summary>
internal sealed class TextSplitter
{
    private readonly Dictionary<string, AddedToken> tokens;
    private readonly Regex? always;
    private readonly Regex? all;

    public TextSplitter(IReadOnlyList<AddedToken> added)
    {
        tokens = added.ToDictionary(token => token.Content, StringComparer.Ordinal);
        always = Pattern(added.Where(token => !token.Special));
        all = Pattern(added);
    }

    /// <summary>The pieces in order: spans of text, and added tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="special">Whether to match special tokens too.</param>
    public IEnumerable<(string Text, AddedToken? Token)> Split(string text, bool special)
    {
        var pattern = special ? all : always;
        var position = 0;
        for (var match = pattern?.Match(text); match is { Success: true }; match = match.NextMatch())
        {
            if (match.Index > position)
                yield return (text[position..match.Index], null);
            yield return (match.Value, tokens[match.Groups[1].Value]);
            position = match.Index + match.Length;
        }

        if (position < text.Length)
            yield return (text[position..], null);
    }

    private static Regex? Pattern(IEnumerable<AddedToken> added)
    {
        // The group number is the same in every alternative, so the token is always group 1.
        var alternatives = added.OrderByDescending(token => token.Content.Length).ThenBy(token => token.Content, StringComparer.Ordinal)
            .Select(token => $"{(token.LeftStrip ? @"\s*" : "")}(?<1>{Regex.Escape(token.Content)}){(token.RightStrip ? @"\s*" : "")}").ToList();
        return alternatives.Count == 0 ? null : new Regex(string.Join('|', alternatives), RegexOptions.CultureInvariant);
    }
}
