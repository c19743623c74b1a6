using System.Text.RegularExpressions;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Tests.Evaluation;

namespace Tenon.Host.Tests.Inference.Formats;

/// <summary>Texts that a regular expression matches.</summary>
public class RegexFormatTests
{
    private static readonly string[] Letters = ["a", "b", "c", "1", "-", "é", "\n", " "];

    [Theory]
    [InlineData("abc")]
    [InlineData("a*b+c?")]
    [InlineData("(ab|c)*")]
    [InlineData("^a|b$")]
    [InlineData("a{2}|b{1,3}|c{2,}")]
    [InlineData("a{,2}")]
    [InlineData("(?:a|b){0,2}c")]
    [InlineData("(?<name>a+?)b")]
    [InlineData("[a-c-]+")]
    [InlineData("[^a\\d]{1,2}")]
    [InlineData("[é-ÿ]|\\x61")]
    [InlineData(".{2}")]
    [InlineData("\\d\\D|\\w\\W")]
    [InlineData("\\s\\S")]
    [InlineData("(a|)(b|)(c|)")]
    [InlineData("((a*)*)*")]
    [InlineData("\\-|\\u0062")]
    public void Match_the_same_texts_as_NET(string pattern)
    {
        ITokenFormat format = OutputFormats.Regex(pattern, PieceTokenizer.Bytes);
        var expected = new Regex($"^(?:{pattern})\\z", RegexOptions.ECMAScript);

        foreach (string text in Texts())
            OutputFormats.IsMatch(format, text).Should().Be(expected.IsMatch(text), "of '{0}'", text);
    }

    [Fact]
    public void Match_characters_of_two_surrogates_as_one()
    {
        ITokenFormat format = OutputFormats.Regex("[\\u{1F600}-😂].", PieceTokenizer.Bytes);

        new[] { "😀😀", "😁a", "😂é" }.Should().OnlyContain(text => OutputFormats.IsMatch(format, text));
        new[] { "😃a", "😀", "a😀", "😀\n" }.Should().OnlyContain(text => !OutputFormats.IsMatch(format, text));
    }

    [Theory]
    [InlineData("[0-9]{3}-[0-9]{4}")]
    [InlineData("(ja|nein|vielleicht)")]
    [InlineData("[α-ω]{1,5}|[😀-😎]{2}")]
    [InlineData("(a|bc)*d")]
    [InlineData("[^\\x00-\\x7F]{2}")]
    public void Every_text_that_is_drawn_matches_and_can_end(string pattern)
    {
        ITokenFormat format = OutputFormats.Regex(pattern, PieceTokenizer.Bytes);

        string?[] texts = [.. Enumerable.Range(0, 40).Select(seed => RandomTexts.Draw(format, PieceTokenizer.Bytes, (ulong)seed))];

        texts.Should().NotContainNulls().And.OnlyContain(text => OutputFormats.IsMatch(format, text!));
        // .NET counts a character outside the basic plane as two.
        if (texts.All(text => text!.All(character => !char.IsSurrogate(character))))
            texts.Should().OnlyContain(text => Regex.IsMatch(text!, $"^({pattern})$"));
    }

    [Theory]
    [InlineData("(a)\\1", "back-reference")]
    [InlineData("(?<x>a)\\k<x>", "back-reference")]
    [InlineData("a(?=b)", "looks ahead or behind")]
    [InlineData("(?<!a)b", "looks ahead or behind")]
    [InlineData("\\bword", "word boundary")]
    [InlineData("\\p{L}+", "Unicode category (\\p)")]
    [InlineData("(?i)a", "group with options or a condition")]
    [InlineData("(?>a)b", "atomic group")]
    [InlineData("a++", "possessive quantifier")]
    [InlineData("a**", "two quantifiers in a row")]
    [InlineData("*a", "the quantifier '*' with nothing before it")]
    [InlineData("a{3,2}", "the quantifier '{3,2}'")]
    [InlineData("a{99999}", "the quantifier '{99999}'")]
    [InlineData("(a", "a '(' without a ')'")]
    [InlineData("a)", "a ')' without a '('")]
    [InlineData("[a", "a '[' without a ']'")]
    [InlineData("[]a]", "an empty class")]
    [InlineData("[z-a]", "a range that is not one of two characters in order")]
    [InlineData("[a-z-[b]]", "subtracts a class")]
    [InlineData("[^\\d\\D]", "a class without a character")]
    [InlineData("a^b", "the anchor '^'")]
    [InlineData("(a$)b", "the anchor '$'")]
    [InlineData("\\Aab", "the anchor '\\A'")]
    [InlineData("\\q", "the escape '\\q'")]
    [InlineData("\\uD800", "the escape '\\uD800', which is not a character")]
    [InlineData("a\\", "ends with a '\\'")]
    [InlineData("(.{1000}){1000}", "too large")]
    public void What_is_not_regular_is_refused_by_name(string pattern, string problem)
    {
        Action make = () => OutputFormats.Regex(pattern, PieceTokenizer.Bytes);

        make.Should().Throw<OptionsException>().Which.Message.Should().Contain(problem).And.NotContain("\n");
    }

    [Fact]
    public void A_tokenizer_without_bytes_is_refused()
    {
        Action make = () => OutputFormats.Regex("a", new LetterTokenizer());

        make.Should().Throw<ModelException>().WithMessage("The tokenizer does not know the bytes of its token 0*");
    }

    // All texts of up to three letters.
    private static IEnumerable<string> Texts()
    {
        IEnumerable<string> texts = [""];
        for (int length = 0; length <= 3; length++)
        {
            foreach (string text in texts)
                yield return text;
            texts = [.. texts.SelectMany(text => Letters.Select(letter => text + letter))];
        }
    }
}
