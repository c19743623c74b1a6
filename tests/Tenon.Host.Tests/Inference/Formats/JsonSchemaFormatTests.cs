using System.Text.Json;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Tests.Inference.Formats;

/// <summary>JSON values that a schema allows.</summary>
public class JsonSchemaFormatTests
{
    private const string Person = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "A person",
          "type": "object",
          "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 3 },
            "age": { "type": "integer", "minimum": 0, "maximum": 130 },
            "color": { "enum": ["red", "light \"blue\"", null, 7] },
            "tags": { "type": "array", "items": { "type": "string", "pattern": "^[a-z]{2}$" }, "minItems": 1, "maxItems": 2 }
          },
          "required": ["age"],
          "additionalProperties": false
        }
        """;

    [Theory]
    [InlineData("""{"type":"integer"}""", "0|-7|1234567890123456", "01|-0|1.0|12345678901234567|\"1\"")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":105}""", "-12|-9|-1|0|9|10|99|100|105", "-13|-20|106|110|1000|-0|05")]
    [InlineData("""{"type":"integer","exclusiveMinimum":9,"exclusiveMaximum":12}""", "10|11", "9|12|1")]
    [InlineData("""{"type":"integer","maximum":-5}""", "-5|-6|-10|-9999999999999999", "-4|0|5")]
    [InlineData("""{"type":"number"}""", "0|-0|1.50|-2e10|3E-7", "1.|.5|+1|1e|01")]
    [InlineData("""{"type":"boolean"}""", "true|false", "null|\"true\"")]
    [InlineData("""{"type":["null","boolean"]}""", "null|true", "1")]
    [InlineData("""{"const":{"a":[1,"é"]}}""", """{"a":[1,"é"]}""", """{"a":[1]}|{"a": [1,"é"]}""")]
    [InlineData("""{"type":"string","enum":["a",1]}""", "\"a\"", "1|\"b\"")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"const":"x"}]}""", "3|\"x\"", "\"y\"|true")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", """ "ab"|"abc"|"é\n"|"\ud83d\ude00a" """,
        """ "a"|"abcd"|"\ud83d\ude00" """)]
    [InlineData("""{"type":"string","pattern":"b+$"}""", """ "b"|"aab"|"\"b" """, """ "ba"|"" """)]
    [InlineData("""{"type":"string","pattern":"^[\"\\\\\t]$"}""", """ "\""|"\\"|"\t" """, """ "a"|"" """)]
    [InlineData("""{"type":"array","items":{"type":"null"},"minItems":2}""", "[null,null]|[ null, null,\n  null ]", "[]|[null]|[null,]")]
    [InlineData("""{"type":"array","maxItems":0}""", "[]|[ ]", "[1]")]
    [InlineData("""{"items":{"const":1}}""", "[]|[1,1]", "1|[2]")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{}|{"a":1}|{"a": 1, "b": 2}""", """{"a":"b"}|[]""")]
    [InlineData("""{"type":"object","additionalProperties":false}""", "{}", """{"a":1}""")]
    [InlineData("""{"type":"object"}""", """{}|{"a":[true]}""", "[]")]
    [InlineData("true", """1|"a"|{}|[]|null""", "tru|")]
    [InlineData(Person, """{"age":30}|{"name": "Al", "age": 0, "color": "red"}""", """{}|{"age":131}|{"name":"","age":1}""")]
    [InlineData(Person, """{"age":9,"color":"light \"blue\"","tags":["ab","cd"]}""", """{"age":1,"tags":[]}|{"age":1,"tags":["abc"]}""")]
    [InlineData(Person, """{"age":1,"color":null}""", """{"color":7,"age":1}|{"age":1,"x":1}|{"age":1,}|{,"age":1}""")]
    public void A_schema_allows_and_excludes_values(string schema, string allowed, string excluded)
    {
        ITokenFormat format = OutputFormats.JsonSchema(schema, PieceTokenizer.Bytes);

        foreach (string text in allowed.Split('|').Select(text => text.Trim()))
        {
            JsonDocument.Parse(text).Dispose();
            OutputFormats.IsMatch(format, text).Should().BeTrue("{0} allows {1}", schema, text);
        }

        foreach (string text in excluded.Split('|').Select(text => text.Trim()))
            OutputFormats.IsMatch(format, text).Should().BeFalse("{0} excludes {1}", schema, text);
    }

    [Fact]
    public void Integers_are_those_between_the_limits()
    {
        var random = new SeededRandom(3);
        for (int i = 0; i < 50; i++)
        {
            (long one, long other) = (random.Next(4000) - 2000, random.Next(4000) - 2000);
            (long least, long most) = (Math.Min(one, other), Math.Max(one, other));
            ITokenFormat format = OutputFormats.JsonSchema(
                $$"""{"type":"integer","minimum":{{least}},"maximum":{{most}}}""", PieceTokenizer.Bytes);

            Enumerable.Range(-2100, 4200).Where(number => OutputFormats.IsMatch(format, $"{number}"))
                .Should().Equal(Enumerable.Range((int)least, (int)(most - least + 1)));
        }
    }

    [Fact]
    public void Random_texts_of_a_schema_have_its_types()
    {
        PieceTokenizer pieces = PieceTokenizer.Of(
            "{", "}", "[", "]", ",", ":", "\"", "\": ", "name", "age", "\"age\"", "color", "tags", "red", "xy", "bc", "1", "0",
            "3", " ", "null", "light \\\"blue\\\"", "7", "\"name\":");
        ITokenFormat format = OutputFormats.JsonSchema(Person, pieces);

        string[] texts = [.. Enumerable.Range(0, 200).Select(seed => RandomTexts.Draw(format, pieces, (ulong)seed)).OfType<string>()];

        texts.Length.Should().BeGreaterThan(150);
        texts.Should().AllSatisfy(text =>
        {
            using var document = JsonDocument.Parse(text);
            document.RootElement.GetProperty("age").GetInt32().Should().BeInRange(0, 130);
            document.RootElement.EnumerateObject().Select(member => member.Name).Should().OnlyHaveUniqueItems()
                .And.BeSubsetOf(["name", "age", "color", "tags"]);
            if (document.RootElement.TryGetProperty("tags", out JsonElement tags))
                tags.GetArrayLength().Should().BeInRange(1, 2);
        });
    }

    [Fact]
    public void A_schema_may_refer_to_itself()
    {
        const string tree = """
            {
              "$ref": "#/$defs/node",
              "$defs": {
                "node": {
                  "type": "object",
                  "properties": { "value": { "type": "integer" }, "next": { "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] } },
                  "required": ["value", "next"],
                  "additionalProperties": false
                }
              }
            }
            """;
        ITokenFormat format = OutputFormats.JsonSchema(tree, PieceTokenizer.Bytes);

        foreach (int levels in new[] { 1, 2, 32 })
            OutputFormats.IsMatch(format, Nested(levels)).Should().BeTrue("{0} levels are allowed", levels);
        OutputFormats.IsMatch(format, Nested(33)).Should().BeFalse();
        OutputFormats.IsMatch(format, """{"value":1}""").Should().BeFalse();

        static string Nested(int levels) => levels == 0 ? "null" : $$"""{"value":{{levels}},"next":{{Nested(levels - 1)}}}""";
    }

    [Fact]
    public void Large_schemas_are_limited()
    {
        string Object(int properties) => JsonSerializer.Serialize(new
        {
            type = "object",
            properties = Enumerable.Range(0, properties).ToDictionary(i => $"p{i}", _ => new { type = "string" }),
        });
        string Text(int characters) => $$"""{"type":"string","maxLength":{{characters}}}""";
        Action properties = () => Make(Object(1001)), characters = () => Make(Text(7000));

        OutputFormats.IsMatch(Make(Object(1000)), """{"p0":"a","p999":""}""").Should().BeTrue();
        OutputFormats.IsMatch(Make(Text(6000)), $"\"{new string('a', 6000)}\"").Should().BeTrue();
        properties.Should().Throw<OptionsException>().WithMessage("schema: $.properties: there are 1,001 properties*");
        characters.Should().Throw<OptionsException>().WithMessage("The format is too large: it needs more than 200,000 states.*");

        static ITokenFormat Make(string schema) => OutputFormats.JsonSchema(schema, PieceTokenizer.Bytes);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","multipleOf":2}}}""",
        "s.json: $.properties.a.multipleOf: the keyword 'multipleOf' is not supported.*Supported: type, $ref, anyOf,")]
    [InlineData("""{"propertys":{}}""", "s.json: $.propertys: the keyword 'propertys' is not supported. Did you mean 'properties'?")]
    [InlineData("""{"type":"string","format":"date"}""", "s.json: $.format: the keyword 'format' is not supported.")]
    [InlineData("""{"allOf":[true]}""", "s.json: $.allOf: the keyword 'allOf' is not supported.")]
    [InlineData("""{"type":"text"}""", "s.json: $.type: 'text' is not a type. Allowed: object, array,")]
    [InlineData("""{"type":"strin"}""", "Did you mean 'string'?")]
    [InlineData("""{"type":"number","minimum":1}""",
        "s.json: $.minimum: 'minimum' is supported for the type integer, but the type is number.")]
    [InlineData("""{"type":"integer","minimum":1.5}""", "s.json: $.minimum: found 1.5. It must be a whole number.")]
    [InlineData("""{"type":"integer","minimum":3,"maximum":2}""", "s.json: $: no integer is from the minimum to the maximum.")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "s.json: $.minLength: 'minLength' is 3, but 'maxLength' is 2.")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "s.json: $.pattern: The regular expression '(?=a)' looks ahead or behind")]
    [InlineData("""{"type":"string","pattern":"a","minLength":1}""", "s.json: $.pattern: 'pattern' next to 'minLength'")]
    [InlineData("""{"type":"object","properties":{"name":true},"required":["nam"]}""",
        "s.json: $.required: 'nam' is not in 'properties', so its value is not known. Did you mean 'name'?")]
    [InlineData("""{"type":"object","properties":{"a":true},"additionalProperties":true}""",
        "s.json: $.additionalProperties:*Set it to false.")]
    [InlineData("""{"$ref":"#/$defs/b","$defs":{"a":true}}""", "s.json: $.$ref: '#/$defs/b' refers to 'b', which does not exist.")]
    [InlineData("""{"$ref":"other.json"}""", "s.json: $.$ref: 'other.json' is not in this schema.")]
    [InlineData("""{"$ref":"#"}""", "begins with itself")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "cannot end within 32 nested levels")]
    [InlineData("""{"anyOf":[],"title":"x"}""", "s.json: $.anyOf: found []. It must be a list with at least one item.")]
    [InlineData("""{"anyOf":[true],"type":"string"}""", "s.json: $.type: 'type' next to 'anyOf' is not supported.")]
    [InlineData("""{"type":"null","enum":[1]}""", "s.json: $.enum: no value has the type null.")]
    [InlineData("false", "s.json: $: the schema is false, which allows no value.")]
    [InlineData("[]", "s.json: $: the schema is []. It must be an object.")]
    [InlineData("{\n\"type\": }", "s.json:2: the schema is not valid JSON")]
    public void What_is_not_supported_is_refused_with_its_path(string schema, string message)
    {
        Action make = () => OutputFormats.JsonSchema(schema, PieceTokenizer.Bytes, "s.json");

        make.Should().Throw<OptionsException>().WithMessage($"*{message}*").Which.Message.Should().NotContain("\n");
    }
}
