using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tenon.Packages.Tests;

/// <summary>
/// The library serves programs of every kind, so console, plots, command line and NuGet's client belong to the program alone.
/// </summary>
public sealed partial class LibraryDependencyTests
{
    [Theory]
    [InlineData("host/runtime")]
    [InlineData("host/conformance")]
    [InlineData("host/extensions-ai")]
    [InlineData("testing")]
    public void The_library_and_the_checks_depend_on_no_package_of_the_program(string project) => OfTheProgram(project).Should().BeEmpty();

    [Fact]
    public void The_program_depends_on_packages_of_each_kind() =>
        OfTheProgram("host").Should().Contain(["Spectre.Console", "ScottPlot", "System.CommandLine", "NuGet.Protocol", "NuGet.Packaging"]);

    // Restore lists every package that a project gets, transitive ones included.
    private static IEnumerable<string> OfTheProgram(string project)
    {
        string assets = Path.Combine(Workbench.Root, project, "obj", "project.assets.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(assets));
        string[] packages = [.. document.RootElement.GetProperty("targets").EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject()).Select(package => package.Name.Split('/')[0]).Distinct()];
        packages.Should().Contain("TorchSharp", "'{0}' should list the packages of {1}", assets, project);
        return packages.Where(package => ProgramPackage().IsMatch(package));
    }

    // NuGet.Versioning is only a type of versions and ranges, which plugins.json uses.
    [GeneratedRegex(@"^(Spectre\.|ScottPlot|System\.CommandLine|Microsoft\.Extensions\.Configuration\.CommandLine|NuGet\.(?!Versioning$))", RegexOptions.IgnoreCase)]
    private static partial Regex ProgramPackage();
}
