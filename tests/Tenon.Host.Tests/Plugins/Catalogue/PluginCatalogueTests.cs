using System.Reflection.PortableExecutable;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Tests.Plugins.Catalogue;

public sealed class PluginCatalogueTests : IDisposable
{
    private readonly Zoo _zoo = new();

    public void Dispose() => _zoo.Dispose();

    [Fact]
    public void Reads_identity_from_metadata_without_loading_the_plugin()
    {
        PluginInfo plugin = _zoo.Read(("zoo.good", "1.0.*")).Plugins.Should().ContainSingle().Subject;

        plugin.Id.Should().Be("zoo.good");
        plugin.Version!.ToString().Should().Be("1.0.0");
        plugin.Summary.Should().Be("Everything that works");
        plugin.ContractVersion.Should().Be(new Version(1, 0));
        plugin.State.Should().Be(PluginState.Ready);
        plugin.Reason.Should().BeEmpty();
        plugin.Sha256.Should().MatchRegex("^[0-9a-f]{64}$");
    }

    [Fact]
    public void Lists_components_with_what_their_types_say()
    {
        PluginCatalogue catalogue = Zoo.Good();

        catalogue.Components.Select(c => c.ToString()).Should().Equal(
            "architecture 'echo'", "architecture 'linear'", "strategy 'descend'", "strategy 'please'", "strategy 'prompt'",
            "device 'fragile'", "device 'here'",
            "data 'images'", "data 'labelled'", "data 'texts'", "tokenizer 'letters'", "reward 'bright'", "reward 'kind'");
        ComponentInfo echo = catalogue.Find(ComponentKind.Architecture, "echo")!;
        echo.Capabilities.Should()
            .Equal("Tenon.ICausalLanguageModel", "Tenon.ILanguageModel", "Tenon.ILearnsFromTokens", "Tenon.IModel", "Tenon.IPolicy");
        echo.Outcomes.Should().Equal("Tenon.TextOutcome");
        echo.Collates.Should().Equal("Tenon.LabelledTextExample", "Tenon.TokenBlock");
        ComponentInfo linear = catalogue.Find(ComponentKind.Architecture, "linear")!;
        linear.Stability.Should().Be(Stability.Stable);
        linear.ModelTypes.Should().Equal("zoo-linear", "zoo-line");
        linear.TypeName.Should().Be("Zoo.LinearArchitecture");
        catalogue.Find(ComponentKind.Strategy, "prompt")!.Needs.Should().Be("Tenon.IPromptTunable");
        catalogue.Find(ComponentKind.Strategy, "please")!.NeedsReward.Should().BeTrue();
        catalogue.Find(ComponentKind.Strategy, "prompt")!.NeedsReward.Should().BeFalse();
        catalogue.Find(ComponentKind.Reward, "bright")!.Outcomes.Should().Equal("Tenon.ImageOutcome");
        catalogue.Find(ComponentKind.Data, "texts")!.ExampleType.Should().Be("Tenon.TextExample");
        catalogue.Find(ComponentKind.Tokenizer, "letters")!.Opens.Should().Equal("letters.json");
    }

    [Fact]
    public void Refuses_a_plugin_built_for_a_newer_contract() => Refused("zoo.newer").Should().Be(
        "Plugin 'zoo.newer' 1.0.0 was built for contract 1.2, but this host has 1.0. Update the host to 1.2 or later, or install a " +
        "version of the plugin that was built for 1.0.");

    [Fact]
    public void Refuses_a_plugin_built_for_another_major_contract() => Refused("zoo.major").Should().Be(
        "Plugin 'zoo.major' 1.0.0 was built for contract 2.0, but this host has 1.0, a different major version. Install a version of " +
        "the plugin that was built for 1.0, or a host with contract 2.x.");

    [Fact]
    public void Refuses_a_plugin_whose_dependency_is_missing() => Refused("zoo.missing").Should().Be(
        $"Plugin 'zoo.missing' 1.0.0 needs Zoo.Library 1.0.0.0 (referenced by Zoo.Missing.dll), which is neither in " +
        $"'{Path.Combine(Zoo.Plugins, "zoo.missing", "1.0.0")}' nor part of this host. Build the plugin with " +
        "<EnableDynamicLoading>true</EnableDynamicLoading> and install the complete output folder.");

    [Fact]
    public void Refuses_a_plugin_that_offers_one_name_twice() => Refused("zoo.twice").Should().Be(
        "Plugin 'zoo.twice' 1.0.0 cannot be used: it provides the device 'pair' 2 times: Zoo.FirstDevice, Zoo.SecondDevice. Each name " +
        "must belong to one class; rename the others.");

    [Fact]
    public void Refuses_the_later_of_two_plugins_that_offer_one_component()
    {
        PluginCatalogue catalogue = _zoo.Read(("zoo.good", "1.0.*"), ("zoo.throws", "1.*"));

        catalogue.Plugins[1].Reason.Should().Be(
            "Plugin 'zoo.throws' 1.0.0 provides the device 'here', but so does 'zoo.good' 1.0.0 above it in plugins.json. Remove one of " +
            "them.");
        catalogue.Find(ComponentKind.Device, "here")!.Plugin.Id.Should().Be("zoo.good");
    }

    [Fact]
    public void Says_that_a_plugin_is_missing_and_names_the_nearest()
    {
        PluginInfo plugin = _zoo.Read(("zoo.goood", "1.*")).Plugins.Single();

        plugin.State.Should().Be(PluginState.Missing);
        plugin.Reason.Should().Be(
            $"Plugin 'zoo.goood' is missing. Searched: '{Path.Combine(Zoo.Plugins, "zoo.goood")}'. Did you mean 'zoo.good'? Install it " +
            $"there, or remove it from '{_zoo.File}'.");
    }

    [Fact]
    public void A_folder_of_versions_is_told_from_a_plugin()
    {
        string folder = Path.Combine(Zoo.Plugins, "zoo.good");
        string held = $"The folder '{folder}' is not a plugin: it contains versions of one (1.0.0, 1.1.0).";

        FluentActions.Invoking(() => PluginCatalogue.OfFolder(folder)).Should().Throw<PluginException>()
            .WithMessage($"{held} Use one of them: '{Path.Combine(folder, "1.1.0")}'.");
        _zoo.ReadFrom(folder, ("zoo.good", "1.*")).Plugins.Single().Reason.Should()
            .Be($"{held} Set its parent folder, '{Zoo.Plugins}', in \"folders\" of '{_zoo.File}'.");
        FluentActions.Invoking(() => PluginCatalogue.Read(folder)).Should().Throw<PluginsFileException>()
            .WithMessage($"'{folder}' is a folder, not a plugins.json file. {held} Use a plugins.json with*tenon plugins test " +
                $"'{Path.Combine(folder, "1.1.0")}'");
    }

    [Fact]
    public void A_folder_in_place_of_plugins_json_is_told_from_a_missing_file()
    {
        _zoo.Write("{}");

        FluentActions.Invoking(() => PluginCatalogue.Read(_zoo.Folder)).Should().Throw<PluginsFileException>()
            .WithMessage($"'{_zoo.Folder}' is a folder, not a plugins.json file. Use '{_zoo.File}'.");
    }

    [Fact]
    public void Refuses_a_file_that_is_no_assembly()
    {
        string folder = Path.Combine(_zoo.Folder, "zoo.text");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "text.dll"), "not a plugin");

        _zoo.ReadFrom(_zoo.Folder, ("zoo.text", "*")).Plugins.Single().Reason.Should().Be(
            $"Plugin 'zoo.text' cannot be read: '{Path.Combine(folder, "text.dll")}' is not a .NET assembly, or is damaged. Rebuild or " +
            "reinstall it.");
    }

    [Fact]
    public void Damaged_metadata_never_keeps_the_catalogue_from_being_read()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        string file = Path.Combine(copy, "Zoo.Good.dll");
        byte[] whole = File.ReadAllBytes(file);
        using var portable = new PEReader(new MemoryStream(whole));
        int start = portable.PEHeaders.MetadataStartOffset;
        var random = new SeededRandom(1);
        bool someRefused = false;
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = [.. whole];
            long from = start + random.Next(portable.PEHeaders.MetadataSize - 8);
            for (long at = from; at < from + 8; at++)
                damaged[at] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(file, damaged);

            PluginInfo plugin = _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*")).Plugins.Single();

            (plugin.Reason.Length > 0).Should().Be(plugin.State == PluginState.Refused);
            someRefused |= plugin.State == PluginState.Refused;
        }

        someRefused.Should().BeTrue();
    }

    [Fact]
    public void Refuses_an_assembly_without_the_attribute()
    {
        string folder = Path.Combine(_zoo.Folder, "zoo.plain");
        Directory.CreateDirectory(folder);
        File.Copy(typeof(FactAttribute).Assembly.Location, Path.Combine(folder, "xunit.core.dll"));

        _zoo.ReadFrom(_zoo.Folder, ("zoo.plain", "*")).Plugins.Single().Reason.Should().Be(
            $"Plugin 'zoo.plain' cannot be read: no assembly in '{folder}' has [assembly: Plugin(\"zoo.plain\", \"…\")]; found " +
            "xunit.core.dll. Add the attribute and rebuild it.");
    }

    [Fact]
    public void Refuses_a_plugin_that_calls_itself_otherwise()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        string renamed = Path.Combine(Path.GetDirectoryName(copy)!, "zoo.other");
        Directory.Move(copy, renamed);

        _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.other", "1.*")).Plugins.Single().Reason.Should().Be(
            $"plugins.json lists 'zoo.other', but the plugin in '{renamed}' has the id 'zoo.good'. Rename it to 'zoo.good' in " +
            "plugins.json and rename its folder to 'zoo.good'.");
    }

    [Fact]
    public void Refuses_when_no_version_is_in_range() => _zoo.Read(("zoo.good", "2.*")).Plugins.Single().Reason.Should().Be(
        $"plugins.json restricts 'zoo.good' to 2.*; found: 1.0.0, 1.1.0. Change the range in '{_zoo.File}', or install a version in it.");

    [Fact]
    public void Takes_the_highest_version_in_range_unless_asked()
    {
        PluginCatalogue catalogue = _zoo.Read(("zoo.good", "1.*"));

        catalogue.Plugins.Select(p => (p.Version!.ToString(), p.IsDefault)).Should().Equal(("1.1.0", true), ("1.0.0", false));
        catalogue.Find(ComponentKind.Architecture, "linear")!.Options.Find("depth").Should().NotBeNull();
        catalogue.Find(ComponentKind.Architecture, "linear", NuGet.Versioning.VersionRange.Parse("1.0"))!.Options.Find("depth").Should()
            .BeNull();
    }

    [Fact]
    public void A_refused_plugin_leaves_the_others_working()
    {
        PluginCatalogue catalogue = _zoo.Read(("zoo.newer", "*"), ("zoo.nowhere", "*"), ("zoo.good", "1.0.*"));

        catalogue.Plugins.Select(p => p.State).Should().Equal(PluginState.Refused, PluginState.Missing, PluginState.Ready);
        catalogue.Components.Should().HaveCount(13);
    }

    [Theory]
    [InlineData("1.2", "1.2", true)]
    [InlineData("1.2", "1.9", true)]
    [InlineData("1.2", "1.1", false)]
    [InlineData("1.2", "2.0", false)]
    [InlineData("2.0", "1.9", false)]
    public void Compatibility_is_that_of_semantic_versions(string built, string offered, bool runs) =>
        ContractAssembly.Runs(Version.Parse(built), Version.Parse(offered)).Should().Be(runs);

    [Theory]
    [InlineData("{ \"folder\": [] }",
        "'folder' is not a valid key. Valid keys are folders, libtorch, plugins, shipped. Did you mean 'folders'?")]
    [InlineData("{ \"plugins\": { \"a\": \"x.y\" } }",
        "plugins:a is 'x.y', which is not a NuGet version range. Examples: 1.*, 1.2.3, [1.2,2.0).")]
    public void Says_what_is_wrong_in_plugins_json(string json, string expected)
    {
        _zoo.Write(json);
        FluentActions.Invoking(() => PluginCatalogue.Read(_zoo.File)).Should().Throw<PluginsFileException>()
            .WithMessage($"{_zoo.File}: {expected}");
    }

    private string Refused(string id)
    {
        PluginInfo plugin = _zoo.Read((id, "1.*")).Plugins.Single();
        plugin.State.Should().Be(PluginState.Refused);
        return plugin.Reason;
    }
}
