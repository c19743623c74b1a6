using System.Text.RegularExpressions;

namespace Tenon.Host.Tests;

/// <summary>The tables of files in docs/architecture.md.</summary>
public sealed partial class ArchitecturePageTests
{
    private const string Page = "docs/architecture.md";

    [Theory]
    [InlineData("Follow one run", 11)]
    [InlineData("Adding a kind of component", 8)]
    [InlineData("Adding a capability", 8)]
    public void A_table_lists_few_files_which_exist(string section, int most)
    {
        MatchCollection rows = FileRow().Matches(Repository.Section(Page, section));
        string[] missing = [.. rows.Where(row => !row.Groups["new"].Success).Select(row => row.Groups["file"].Value)
            .Where(file => file.Contains('/') && !File.Exists(Path.Combine(Repository.Root, file)))];

        rows.Count.Should().BeInRange(1, most);
        missing.Should().BeEmpty();
    }

    // The first cell of a row: a path in code, or a description of a file.
    [GeneratedRegex(@"^\| (?:`(?<file>[^`]+)`(?<new> \(new\))?|the file [^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex FileRow();
}
