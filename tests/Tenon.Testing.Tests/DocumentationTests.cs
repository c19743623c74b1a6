using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Tenon.Testing.Tests;

/// <summary>Code on the pages is code of the repository, and versions are written once.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> PagesWithCode => [.. Repository.Pages.Where(page => Block().IsMatch(Repository.Read(page)))];

    [Theory]
    [MemberData(nameof(PagesWithCode))]
    public void Code_on_a_page_is_in_the_file_that_it_names(string page)
    {
        foreach (Match block in Block().Matches(Repository.Read(page)))
        {
            string file = Repository.Read(block.Groups["file"].Value);

            Flat(file).Should().Contain(Flat(block.Groups["code"].Value), "'{0}' shows code of '{1}'", page, block.Groups["file"].Value);
        }
    }

    [Fact]
    public void The_page_for_authors_shows_code_of_each_kind() =>
        Block().Count(Repository.Read("docs/write-a-plugin.md")).Should().BeGreaterThanOrEqualTo(8);

    [Fact]
    public void Templates_and_samples_ask_for_the_packages_of_this_version()
    {
        string version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
        Dictionary<string, string> central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(p => (string)p.Attribute("Include")!, p => (string)p.Attribute("Version")!);
        string[] projects = [.. new[] { "templates", "samples" }
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.csproj", SearchOption.AllDirectories))];

        projects.Should().HaveCountGreaterThanOrEqualTo(10);
        foreach (XElement package in projects.SelectMany(p => XDocument.Load(p).Descendants("PackageReference")))
        {
            (string id, string asked) = ((string)package.Attribute("Include")!, (string)package.Attribute("Version")!);
            if (id.StartsWith("Tenon.", StringComparison.Ordinal))
                asked.Should().BeOneOf(version, "$(TenonVersion)");
            else if (central.TryGetValue(id, out string? ours))
                asked.Should().Be(ours, id);
        }

        // Other samples are scripts.
        string[] solutions = [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "samples"))
            .Where(sample => Directory.EnumerateFiles(sample, "*.csproj", SearchOption.AllDirectories).Any())];
        solutions.Should().HaveCountGreaterThanOrEqualTo(2);
        foreach (string sample in solutions)
            XDocument.Load(Path.Combine(sample, "Directory.Build.props")).Descendants("TenonVersion").Single().Value.Should().Be(version);
    }

    // Pages show code without the indentation that it has in its class.
    private static string Flat(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    [GeneratedRegex(@"<!-- (?<file>\S+) -->\n```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
