using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Tests.Plugins.Catalogue;

public sealed class PluginsFileEditorTests : IDisposable
{
    private const string Written = """
        // What is used.
        {
          "folders": ["plugins"], // beside this
          "plugins": {
            "a": "1.*", // first
            "b": "1.2.3",
          }
        }
        """;

    private readonly Zoo _zoo = new();

    public PluginsFileEditorTests() => _zoo.Write(Written);

    public void Dispose() => _zoo.Dispose();

    [Fact]
    public void Adds_a_plugin_on_a_line_of_its_own()
    {
        PluginsFileEditor.Name(_zoo.File, "c", "2.*");

        Text.Should().Be(Written.Replace("\"1.2.3\"", "\"1.2.3\",\n    \"c\": \"2.*\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Changes_a_range()
    {
        PluginsFileEditor.Name(_zoo.File, "a", "[1.1,2)");

        Text.Should().Be(Written.Replace("1.*", "[1.1,2)", StringComparison.Ordinal));
    }

    [Fact]
    public void Adds_a_folder_behind_the_others()
    {
        PluginsFileEditor.AddFolder(_zoo.File, "~/.tenon/plugins");

        Text.Should().Be(Written.Replace("[\"plugins\"]", "[\"plugins\", \"~/.tenon/plugins\"]", StringComparison.Ordinal));
        PluginsFile.Read(_zoo.File).Folders[1].Should()
            .Be(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".tenon", "plugins"));
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public void Takes_a_plugin_out(string gone, string left)
    {
        PluginsFileEditor.Remove(_zoo.File, gone);

        PluginsFile.Read(_zoo.File).Plugins.Should().ContainSingle().Which.Id.Should().Be(left);
        Text.Should().Contain("// What is used.").And.Contain("// beside this");
        PluginsFileEditor.Remove(_zoo.File, left);
        PluginsFile.Read(_zoo.File).Plugins.Should().BeEmpty();
    }

    private string Text => File.ReadAllText(_zoo.File);
}
