using System.Text.Json;
using Tenon.Host.Inference.Formats;

namespace Tenon.Host.Tests.Inference.Formats;

/// <summary>Any JSON object.</summary>
public class JsonFormatTests
{
    // Few strings and numbers, so that random texts end.
    private static readonly PieceTokenizer Pieces = PieceTokenizer.Of(
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\":", "\"}", "}}", "]]", " ", "\n  ", "1", "-0", ".5", "e9", "true", "null", "\\",
        "\\u00e9", "é", "{\"b\":1}");

    private static readonly ITokenFormat Format = OutputFormats.Json(Pieces);

    [Fact]
    public void Random_texts_are_objects()
    {
        string[] texts = [.. Enumerable.Range(0, 300).Select(seed => RandomTexts.Draw(Format, Pieces, (ulong)seed)).OfType<string>()];

        texts.Length.Should().BeGreaterThan(100);
        texts.Should().Contain(text => text.Length > 20).And.AllSatisfy(text =>
        {
            using var document = JsonDocument.Parse(text);
            document.RootElement.ValueKind.Should().Be(JsonValueKind.Object);
        });
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{ }")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a": [1, -2.5e+10, "x\n\"\\\u00e9\ud83d\ude00é", true, false, null, {}, []]}""")]
    [InlineData("{\n  \"a\": {\n    \"b\": 1\n  }\n}")]
    public void Objects_are_accepted(string text)
    {
        using var document = JsonDocument.Parse(text);

        OutputFormats.IsMatch(Format, text).Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData(" {}")]
    [InlineData("{} ")]
    [InlineData("""{"a"}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":1.}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":"\x"}""")]
    [InlineData("""{"a":"\ud83d"}""")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{a:1}")]
    [InlineData("""{"a":tru}""")]
    public void Other_texts_are_not(string text) => OutputFormats.IsMatch(Format, text).Should().BeFalse();

    [Fact]
    public void Values_are_nested_at_most_32_deep_and_a_text_never_gets_stuck()
    {
        string Nested(int levels) => $$"""{"a":{{new string('[', levels)}}{{new string(']', levels)}}}""";
        ITokenFormatState state = Format.Start();
        int[] Allowed()
        {
            var allowed = new bool[Pieces.VocabularySize];
            state.Allow(allowed);
            return [.. allowed.Index().Where(each => each.Item).Select(each => each.Index)];
        }

        OutputFormats.IsMatch(Format, Nested(32)).Should().BeTrue();
        OutputFormats.IsMatch(Format, Nested(33)).Should().BeFalse();
        // Opens a list wherever it may.
        foreach (string piece in new[] { "{", "\"a\"", ":" })
            state.Add(Id(piece));
        int opened = 0;
        while (Allowed().Contains(Id("[")))
        {
            state.Add(Id("["));
            opened++;
        }

        opened.Should().Be(32);
        Allowed().Should().Contain(Id("]"));
        state.Invoking(each => each.Add(Id("["))).Should().Throw<InvalidOperationException>();

        int Id(string piece) => Enumerable.Range(1, Pieces.VocabularySize - 1).Single(id => Pieces.Decode([id]) == piece);
    }
}
