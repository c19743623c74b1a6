using System.Text.RegularExpressions;
using Tenon.Tokenizers.BytePair;

namespace Tenon.Tokenizers.Tests;

public sealed partial class Gpt2PreTokenizerTests
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
    public void Takes_letters_and_digits_beyond_the_basic_plane_for_what_they_are()
    {
        Pieces("a𝒜! 𝟏𝟐b😀?").Should().Equal("a𝒜", "!", " 𝟏𝟐", "b", "😀?");
    }

    private static List<string> Pieces(string text)
    {
        var pieces = Gpt2PreTokenizer.Instance.PreTokenize(text).ToList();
        Gpt2PreTokenizer.Instance.PreTokenize(text.AsSpan()).Should().Equal(pieces);
        return [.. pieces.Select(piece => text.Substring(piece.Offset, piece.Length))];
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
