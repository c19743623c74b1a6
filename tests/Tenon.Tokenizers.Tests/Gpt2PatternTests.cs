using System.Text.RegularExpressions;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.Tests;

public sealed partial class Gpt2PatternTests
{
    [Fact]
    public void Splits_as_the_published_pattern_does()
    {
        // .NET's pattern knows no characters beyond U+FFFF, so those are left out here.
        var random = new Random(3);
        foreach (var text in TestTexts.Tricky.Concat(Enumerable.Range(0, 2000).Select(i => TestTexts.Random(random, i % 60))))
        {
            var plain = string.Concat(text.Where(c => !char.IsSurrogate(c)));
            Pieces(plain).Should().Equal(Pattern().Matches(plain).Select(match => match.Value));
        }
    }

    [Fact]
    public void Classifies_letters_and_digits_beyond_the_basic_plane()
    {
        Pieces("a𝒜! 𝟏𝟐b😀?").Should().Equal("a𝒜", "!", " 𝟏𝟐", "b", "😀?");
    }

    internal static List<string> Pieces(string text)
    {
        var pieces = new List<Piece>();
        Gpt2Pattern.Instance.Split(new Piece(text, 0, text.Length, First: true), pieces);
        return [.. pieces.Select(piece => piece.Span.ToString())];
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
