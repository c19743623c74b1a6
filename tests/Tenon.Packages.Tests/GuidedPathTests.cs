using Tenon.Tests;

namespace Tenon.Packages.Tests;

/// <summary>The guided path for programs: its files and commands, in order, with the output that they show.</summary>
[Collection(Workbench.Name)]
public sealed class GuidedPathTests(Workbench bench)
{
    [Fact]
    public void A_reader_who_types_what_the_page_shows_gets_what_it_shows()
    {
        string folder = Directory.CreateDirectory(Path.Combine(bench.Work, "path")).FullName;

        GuidedPath.Follow("docs/paths/console-program.md", folder, (program, arguments) =>
        {
            program.Should().Be("dotnet");
            return new(0, bench.Dotnet(folder, arguments));
        }).Should().BeGreaterThanOrEqualTo(2);
    }
}
