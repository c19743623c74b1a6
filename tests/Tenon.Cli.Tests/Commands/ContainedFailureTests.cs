using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Cli.Commands;
using Tenon.Host;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Cli.Tests.Commands;

/// <summary>A plugin that throws, wherever that is, is named in one sentence, and takes nothing down with it.</summary>
public sealed partial class ContainedFailureTests : IDisposable
{
    private const string Setting = "ZOO_MOOD";

    // Place, exit code and sentence; a place a paragraph.
    private static readonly Dictionary<string, string> Approved =
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Commands", "ContainedFailures.txt"))
        .ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(paragraph => paragraph.Split('\n')[0], paragraph => paragraph[(paragraph.IndexOf('\n') + 1)..].Trim());

    private readonly Zoo _zoo = new();

    public static TheoryData<string> Places => [.. Approved.Keys];

    private string Runs => Path.Combine(_zoo.Folder, "runs");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Setting, null);
        _zoo.Dispose();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Each_place_has_its_sentence_and_nothing_is_left_half_written(string place)
    {
        // A copy of its own: type initializers run once per loaded assembly.
        _zoo.ReadFrom(Path.GetDirectoryName(_zoo.Copy("zoo.moody", "1.0.0"))!, ("zoo.moody", "*"));
        Environment.SetEnvironmentVariable(Setting, place);
        using var output = new StringWriter();
        using var errors = new StringWriter();

        int code = EntryPoint.Run(["run", Recipe(), "--plugins", _zoo.File], output, errors);

        Line().Replace($"{code} {errors.ToString().Trim()}", "$1").Should().Be(Approved[place]);
        Leftovers().Should().BeEmpty();
    }

    [Fact]
    public void Every_place_where_the_zoo_can_throw_is_tried()
    {
        string sources = string.Concat(Directory.EnumerateFiles(Path.Combine(Zoo.Sources, "moody"), "*.cs").Select(File.ReadAllText));
        string[] places = [.. Place().Matches(sources).Select(match => match.Groups[1].Value).Distinct()];

        Approved.Keys.Should().BeEquivalentTo(places);
    }

    [Fact]
    public void Without_a_mood_the_run_ends_well()
    {
        _zoo.Read(("zoo.moody", "*"));
        using var output = new StringWriter();
        using var errors = new StringWriter();

        EntryPoint.Run(["run", Recipe(), "--plugins", _zoo.File], output, errors).Should().Be(0, errors.ToString());

        File.ReadAllText(Path.Combine(Runs, "moody", "moody.txt")).Should().Be("half of the file");
        File.Exists(Path.Combine(Runs, "moody", "model.safetensors")).Should().BeTrue();
    }

    [Fact]
    public void A_host_continues_with_other_plugins_and_with_the_same_one()
    {
        _zoo.Read(("zoo.moody", "*"), ("zoo.elder", "*"));
        using var host = new TenonHost(new TenonOptions { PluginsFile = _zoo.File }, NullLoggerFactory.Instance);
        Recipe recipe = host.Read(Recipe()).Recipe!;
        Environment.SetEnvironmentVariable(Setting, "reading of an example");

        FluentActions.Invoking(() => host.Run(recipe)).Should().Throw<PluginException>().WithInnerException<InvalidOperationException>()
            .Which.StackTrace.Should().Contain("Zoo.MoodyData.Dataset.get_Item");

        Environment.SetEnvironmentVariable(Setting, null);
        host.Components.Make<IRewardFactory>(new ComponentChoice(ComponentKind.Reward, "elder", null, Zoo.NoOptions)).Component.Should()
            .NotBeNull();
        host.Run(recipe).Summary.Steps.Should().Be(3);
        host.Catalogue.Plugins.Should().OnlyContain(plugin => plugin.State == PluginState.Loaded);
    }

    private string Recipe()
    {
        string file = Path.Combine(_zoo.Folder, "recipe.json");
        File.WriteAllText(file, $$"""
            {
              "name": "moody",
              "output": "{{Runs}}",
              "device": { "use": "moody" },
              "data": { "use": "moody" },
              "tokenizer": { "use": "moody" },
              "model": { "use": "moody", "size": 3 },
              "reward": { "use": "moody" },
              "strategy": { "use": "moody" },
              "training": { "steps": 3, "batchSize": 2, "warmupSteps": 0 }
            }
            """);
        return file;
    }

    // Files under a temporary name, and folders of runs that cannot be gone on with.
    private IEnumerable<string> Leftovers() => !Directory.Exists(Runs) ? []
        : Directory.EnumerateFileSystemEntries(Runs, "*" + Durable.Partial, SearchOption.AllDirectories)
            .Concat(Directory.EnumerateDirectories(Runs).Where(run => !File.Exists(Path.Combine(run, "recipe.json"))));

    // Line numbers change with every edit of the zoo.
    [GeneratedRegex(@"(\w+\.cs):\d+")]
    private static partial Regex Line();

    [GeneratedRegex("Mood\\.(?:At|Is)\\(\"([^\"]+)\"\\)")]
    private static partial Regex Place();
}
