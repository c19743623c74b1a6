using Tenon.Cli.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Tests.Console;

public sealed class ComponentListingTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    public void No_line_is_longer_than_the_console_is_wide(int width) => Lines(width).Should().OnlyContain(line => line.Length <= width);

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    public void Names_are_whole_and_below_the_heading_of_their_kind(int width) =>
        Lines(width).Where(line => line.Length > 0 && !line.StartsWith("   ", StringComparison.Ordinal))
            .Select(line => line.Trim().Split(' ')[0]).Should().Equal(
        [
            "architectures", .. ManyComponents.Architectures.Select(c => c.Name),
            "strategies", .. ManyComponents.Strategies.Select(c => c.Name),
            "devices", .. ManyComponents.Devices.Select(c => c.Name),
        ]);

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    public void Descriptions_are_whole_and_wrapped_beside_the_names(int width)
    {
        IReadOnlyList<string> lines = Lines(width);
        string text = string.Join(' ', lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

        foreach (ComponentInfo component in ManyComponents.All)
            text.Should().Contain($" {component.Name} {component.Summary} (contoso.many-components 1.2.3, preview)");
        lines.Where(line => line.StartsWith("   ", StringComparison.Ordinal)).Select(line => line.Length - line.TrimStart().Length)
            .Should().OnlyContain(indent => indent == "  consistency-distillation  ".Length);
    }

    private static IReadOnlyList<string> Lines(int width) =>
        [.. ManyComponents.Lines(width, console => ComponentListing.Show(console, ManyComponents.All)).Select(line => line.TrimEnd())];
}
