using System.Text.RegularExpressions;
using Tenon.Cli.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Tests.Console;

public sealed class MatrixDisplayTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    [InlineData(55)]
    public void No_line_is_longer_than_the_console_is_wide(int width) => Lines(width).Should().OnlyContain(line => line.Length <= width);

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    [InlineData(55)]
    public void Every_mark_is_below_its_strategy_and_beside_its_architecture(int width)
    {
        IReadOnlyList<string> lines = Lines(width);
        foreach (ComponentInfo strategy in ManyComponents.Strategies)
        {
            (int top, string heading) = lines.Index().Single(line => line.Item.EndsWith($" {strategy.Name}", StringComparison.Ordinal));
            int column = heading.Length - strategy.Name.Length;
            foreach (ComponentInfo architecture in ManyComponents.Architectures)
            {
                string row = lines.Skip(top).First(line => line.StartsWith($"{architecture.Name} ", StringComparison.Ordinal));
                string meaning = CombinationChecker.MissingInWords(architecture, strategy) is { } missing
                    ? $"needs a model that is {missing}"
                    : "trains on cpu, cuda";
                Footnotes(lines)[row[column]].Should().Be(meaning, $"that is {architecture} with {strategy}");
            }
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    [InlineData(55)]
    public void Every_reason_is_one_footnote(int width)
    {
        IEnumerable<string> reasons = ManyComponents.Architectures
            .SelectMany(a => ManyComponents.Strategies.Select(s => CombinationChecker.MissingInWords(a, s)))
            .OfType<string>().Distinct().Select(reason => $"needs a model that is {reason}");

        Footnotes(Lines(width)).Values.Should().BeEquivalentTo(["trains on cpu, cuda", .. reasons]);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(80, 1)]
    [InlineData(55, 2)]
    public void Strategies_without_room_continue_in_another_grid(int width, int grids) =>
        Lines(width).Count(line => line.StartsWith("architecture ", StringComparison.Ordinal)).Should().Be(grids);

    [Fact]
    public void A_missing_device_is_a_footnote() =>
        Footnotes(Lines(100, [])).Should().ContainValue("trains, but no enabled plugin provides a device");

    private static IReadOnlyList<string> Lines(int width, IReadOnlyList<ComponentInfo>? devices = null) => ManyComponents.Lines(
        width,
        console => MatrixDisplay.Show(console, ManyComponents.Architectures, ManyComponents.Strategies, devices ?? ManyComponents.Devices));

    // What is below the last grid: a mark, two spaces, and a text that continues on indented lines.
    private static Dictionary<char, string> Footnotes(IReadOnlyList<string> lines)
    {
        string text = string.Join("\n", lines.SkipWhile(line => !line.StartsWith("✓  ", StringComparison.Ordinal)));
        return Regex.Matches(text, @"^(\S)  (.+(?:\n   .+)*)", RegexOptions.Multiline)
            .ToDictionary(note => note.Groups[1].Value[0], note => Regex.Replace(note.Groups[2].Value, @"\s+", " ").Trim());
    }
}
