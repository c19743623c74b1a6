using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

/// <summary>Settings from the command line: lists, paths, and other components.</summary>
public sealed class SettingsOverTextTests : IDisposable
{
    private static readonly PluginCatalogue Catalogue = Zoo.Good();
    private readonly Zoo _zoo = new();

    public void Dispose() => _zoo.Dispose();

    private const string Text = """
        {
          "device": { "use": "here" },
          "data": { "use": "labelled" },
          "model": { "use": "linear", "size": 3, "layers": [1, 2, 3] },
          "strategy": { "use": "descend", "author": "us" }
        }
        """;

    [Theory]
    [InlineData("--model:layers", "7", "8")]
    [InlineData("--model:layers", "[7, 8]")]
    [InlineData("--model:layers=[7,8]")]
    public void A_list_replaces_the_list_of_the_file(params string[] typed) => Layers(typed).Should().Equal("7", "8");

    [Fact]
    public void One_value_for_a_list_is_a_list_with_one_item() => Layers("--model:layers", "9").Should().Equal("9");

    [Fact]
    public void The_last_list_counts() => Layers("--model:layers", "1", "2", "3", "--model:layers", "4", "5").Should().Equal("4", "5");

    [Fact]
    public void An_item_replaces_one_of_the_file() => Layers("--model:layers:1", "9").Should().Equal("1", "9", "3");

    [Fact]
    public void An_item_that_is_wrong_is_reported_with_its_place() =>
        Read("--model:layers", "4", "x").Findings.Should().ContainSingle().Which.ToString().Should()
            .StartWith("command line: model:layers:1: is 'x'");

    [Fact]
    public void Another_component_drops_the_options_of_the_former_one()
    {
        Read("--strategy:use", "descend").Recipe!.Strategy.Options["author"].Should().Be("us");
        string[] findings = [.. Read("--strategy:use", "please").Findings.Select(finding => finding.ToString())];

        findings.Should().NotContain(finding => finding.Contains("author"));
    }

    [Fact]
    public void A_typed_folder_starts_at_the_working_directory_and_one_in_the_file_at_the_recipe()
    {
        string there = Path.Combine(Environment.CurrentDirectory, "typed-folder");
        Directory.CreateDirectory(there);
        try
        {
            Read("--model:from", "typed-folder").Recipe!.From.Should().Be(there);
        }
        finally
        {
            Directory.Delete(there);
        }

        Read([], Text.Replace("\"size\": 3", "\"from\": \"typed-folder\""), requireFolders: false).Recipe!.From.Should()
            .Be(Path.Combine(_zoo.Folder, "typed-folder"));
    }

    private string?[] Layers(params string[] typed)
    {
        RecipeReading reading = Read(typed);
        reading.Findings.Should().BeEmpty();
        return [.. reading.Recipe!.Model.Options.GetSection("layers").GetChildren().Select(child => child.Value)];
    }

    private RecipeReading Read(params string[] typed) => Read(typed, Text, requireFolders: true);

    private RecipeReading Read(string[] typed, string text, bool requireFolders)
    {
        string file = Path.Combine(_zoo.Folder, "recipe.json");
        File.WriteAllText(file, text);
        return RecipeReader.Read(file, Catalogue, typed, [], requireFolders);
    }
}
