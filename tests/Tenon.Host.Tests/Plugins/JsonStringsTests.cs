using System.Text;
using Tenon.Host.Artifacts;
using Tenon.Host.Plugins;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Plugins;

public sealed class JsonStringsTests
{
    [Theory]
    [InlineData("{\n \"a\": \"\\ud83d\"\n}", 2)]
    [InlineData("{\n \"b\": 1, // comment\n \"\\ude00\": 1, }", 3)]
    [InlineData("{ \"a\": \"\\ud83d\\ude00\" }", null)]
    [InlineData("{ \"a\": ", null)]
    public void Halves_of_surrogate_pairs_have_a_line(string json, int? line) => JsonStrings.Line(Encoding.UTF8.GetBytes(json)).Should().Be(line);

    [Fact]
    public void A_recipe_and_a_configuration_with_one_are_refused_with_their_line()
    {
        byte[] json = Encoding.UTF8.GetBytes("{\n \"name\": \"\\ud83d\"\n}");
        RecipeText.Read("recipe.json", hasLines: true, json).Findings.Should().ContainSingle()
            .Which.ToString().Should().StartWith("recipe.json:2: The JSON contains a string that is not text: half of a surrogate pair");

        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, json);
            file.Invoking(JsonFile.ReadObject).Should().Throw<ModelException>().WithMessage($"'{file}', line 2, contains a string that is not text*");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
