using System.Text.Json.Nodes;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

public sealed class RecipeSchemaTests : RecipeReaderTest
{
    [Fact]
    public void The_schema_describes_sections_and_components()
    {
        JsonObject schema = RecipeSchema.Write(Catalogue);

        schema["$schema"]!.GetValue<string>().Should().Be("https://json-schema.org/draft/2020-12/schema");
        schema["then"]!["required"]!.ToJsonString().Should().Be("""["model","strategy","device","data"]""");
        schema["then"]!["properties"]!["model"]!["required"]!.ToJsonString().Should().Be("""["use"]""");
        JsonNode steps = schema["properties"]!["training"]!["properties"]!["steps"]!;
        steps.ToJsonString().Should().Be(
            """{"type":"integer","description":"Number of parameter updates.","default":""" +
            """1000,"minimum":1,"maximum":1000000000}""");
        JsonNode linear = schema["properties"]!["model"]!["allOf"]![1]!;
        linear["if"]!["properties"]!["use"]!["pattern"]!.GetValue<string>().Should().Be("^linear(@.*)?$");
        linear["then"]!["properties"]!["size"]!["maximum"]!.GetValue<double>().Should().Be(64);
        JsonNode stage = schema["properties"]!["stages"]!["items"]!;
        stage["required"]!.ToJsonString().Should().Be("""["name"]""");
        stage["properties"]!["model"]!.ToJsonString().Should().Be("""{"$ref":"#/properties/model"}""");
        stage["properties"]!.AsObject().Select(p => p.Key).Should().Contain(["name", "recipe", "reward", "seed"]).And.NotContain("output");
    }
}
