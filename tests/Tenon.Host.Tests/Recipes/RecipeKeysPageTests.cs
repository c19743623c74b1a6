using System.Text;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

/// <summary>docs/recipe-keys.md has every key of the sections that belong to no component.</summary>
public sealed class RecipeKeysPageTests
{
    [Fact]
    public void The_page_is_the_tables_of_the_program()
    {
        string page = Repository.Read("docs/recipe-keys.md");
        foreach (OptionInfo section in RecipeLayout.Schema.Options.Where(option => option.Type.Section is not null))
        {
            string table = Table(section);
            page.Should().Contain(table, "docs/recipe-keys.md has this table for the section '{0}':\n{1}", section.Key, table);
        }
    }

    private static string Table(OptionInfo section)
    {
        var table = new StringBuilder($"## `{section.Key}`\n\n| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
        foreach (OptionInfo option in section.Type.Section!.Options)
        {
            string value = option.HasDefault ? $"`{option.Default?.ToJsonString() ?? "null"}`" : "";
            table.Append($"| `{section.Key}:{option.Key}` | {Escaped(option.Type.Name)} | {value} | {Escaped(option.Range)} | " +
                $"{Escaped(option.Summary)} |\n");
        }

        return table.ToString();
    }

    private static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
