using System.Text;
using System.Text.Json;

namespace Tenon.Abstractions.Tests;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("""{"a": "b \ud83d"}""")]
    [InlineData("""{"a": ["\ude00 b"]}""")]
    [InlineData("""{"a \uD83D\uD83D\uDE00": 1}""")]
    [InlineData("""["\ud83d\n"]""")]
    public void Half_a_character_is_named_with_its_text(string json) =>
        JsonText.Fault(Encoding.UTF8.GetBytes(json), out _).Should().Match("\"*\\u*\" is not valid text: it contains a lone surrogate*");

    [Theory]
    [InlineData("""{"a": "\ud83d\ude00", "b\u0041": ["\n", "ü", 1, null]}""")]
    [InlineData("{ // a comment\n \"a\": \"b\", }")]
    [InlineData("\"\\\\ud83d\"")]
    public void Whole_characters_are_text(string json) => JsonText.Fault(Encoding.UTF8.GetBytes(json), out _).Should().BeNull();

    [Theory]
    [InlineData("{\n\"a\": \"caf\u00e9\"}", 2)]
    [InlineData("{\"caf\u00e9\": 1}", 1)]
    public void Text_in_another_encoding_is_named_with_its_line(string json, int expected)
    {
        JsonText.Fault(Encoding.Latin1.GetBytes(json), out int line).Should()
            .Be("\"caf\uFFFD\" is not valid text: it is not UTF-8. Save the file as UTF-8.");
        line.Should().Be(expected);
    }

    [Fact]
    public void The_line_is_that_of_the_text()
    {
        JsonText.Fault("{\n \"a\": 1,\n \"b\": \"\\ud83d\"\n}"u8, out int line).Should().NotBeNull();
        line.Should().Be(3);
    }

    [Fact]
    public void What_is_not_json_is_refused() =>
        FluentActions.Invoking(() => JsonText.Fault("{"u8, out _)).Should().Throw<JsonException>();
}
