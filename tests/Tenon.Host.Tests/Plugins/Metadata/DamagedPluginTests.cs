using System.Reflection.PortableExecutable;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Inspection;

namespace Tenon.Host.Tests.Plugins.Metadata;

public sealed class DamagedPluginTests : IDisposable
{
    private readonly Zoo _zoo = new();

    public static TheoryData<string> Assemblies =>
        [.. Directory.EnumerateFiles(Hostile("plugin-dll"), "*.dll").Select(path => Path.GetFileName(path))];

    public void Dispose() => _zoo.Dispose();

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_damaged_assembly_is_refused_alone(string file)
    {
        string folder = Path.Combine(_zoo.Folder, "plugins", "tenon.pretrain");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(Hostile("plugin-dll"), file), Path.Combine(folder, "Tenon.Pretrain.dll"));
        _zoo.Write($"{{ \"folders\": [\"{Zoo.Plugins}\", \"{Path.GetDirectoryName(folder)}\"], " +
            "\"plugins\": { \"tenon.pretrain\": \"*\", \"zoo.good\": \"1.0.*\" } }");

        PluginCatalogue catalogue = PluginCatalogue.Read(_zoo.File);

        catalogue.Plugins.Single(plugin => plugin.Id == "zoo.good").State.Should().Be(PluginState.Ready);
        Consistent(catalogue, catalogue.Plugins[0]);
        Inspected(folder);
    }

    [Fact]
    public void Both_assemblies_that_once_ended_every_command_are_refused()
    {
        foreach ((string file, string reason) in new[] { ("one-bit-8880.dll", "is damaged"), ("one-bit-6367.dll", "damaged metadata") })
        {
            string folder = Path.Combine(_zoo.Folder, file);
            Directory.CreateDirectory(folder);
            File.Copy(Path.Combine(Hostile("plugin-dll"), file), Path.Combine(folder, "Tenon.Pretrain.dll"));

            PluginInspection.Of(folder)[0].Should().Match<Remark>(remark => remark.Code == "TN001"
                && remark.Text.Contains(reason, StringComparison.Ordinal), file);
        }
    }

    [Fact]
    public void A_changed_bit_anywhere_never_keeps_a_plugin_from_being_read_or_inspected()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        string file = Path.Combine(copy, "Zoo.Good.dll");
        byte[] whole = File.ReadAllBytes(file);
        using var portable = new PEReader(new MemoryStream(whole));
        int start = portable.PEHeaders.MetadataStartOffset;
        var random = new SeededRandom(2);
        int refused = 0;
        for (int i = 0; i < 600; i++)
        {
            byte[] damaged = [.. whole];

            // Most bits are chosen in the metadata, the others anywhere: in headers and method bodies.
            long at = i % 4 == 0 ? random.Next(whole.Length) : start + random.Next(portable.PEHeaders.MetadataSize);
            damaged[at] ^= (byte)(1 << (int)random.Next(8));
            File.WriteAllBytes(file, damaged);

            PluginCatalogue catalogue = _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*"));

            Consistent(catalogue, catalogue.Plugins.Single());
            refused += catalogue.Plugins.Single().State == PluginState.Refused ? 1 : 0;
            if (i % 10 == 0)
                Inspected(copy);
        }

        refused.Should().BeInRange(30, 570, "some damage matters, and some does not");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<?xml version=\"1.0\"?><doc>")]
    [InlineData("<doc><members><member name=\"T:Zoo.LinearOptions\"><summary>One</summary></member><member name=\"")]
    [InlineData("<doc><members><member name=\"\"><summary>None</summary></member></members></doc>")]
    [InlineData("<!DOCTYPE doc [<!ENTITY a \"a\">]><doc>&a;</doc>")]
    public void Damaged_documentation_is_no_documentation(string content)
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        File.WriteAllText(Path.Combine(copy, "Zoo.Good.xml"), content);

        PluginCatalogue catalogue = _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*"));

        catalogue.Plugins.Single().State.Should().Be(PluginState.Ready);
        catalogue.Components.Should().HaveCount(13);
        catalogue.Find(ComponentKind.Strategy, "descend")!.Options.Find("rate")!.Summary.Should().BeEmpty();
    }

    [Fact]
    public void Deeply_nested_documentation_is_read()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        const int depth = 10_000;
        File.WriteAllText(Path.Combine(copy, "Zoo.Good.xml"),
            $"<doc><members><member name=\"T:Zoo.DescendOptions\"><summary>{string.Concat(Enumerable.Repeat("<b>", depth))}deep" +
            $"{string.Concat(Enumerable.Repeat("</b>", depth))}</summary></member></members></doc>");

        PluginCatalogue catalogue = _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*"));

        catalogue.Find(ComponentKind.Strategy, "descend")!.Options.Summary.Should().Be("deep");
    }

    private static string Hostile(string folder) => Path.Combine(AppContext.BaseDirectory, "data", "hostile", folder);

    // A plugin is refused with a reason, or all its options can be read.
    private static void Consistent(PluginCatalogue catalogue, PluginInfo plugin)
    {
        (plugin.Reason.Length > 0).Should().Be(plugin.State != PluginState.Ready);
        foreach (ComponentInfo component in catalogue.Components.Where(component => component.Plugin == plugin))
            component.Options.Options.Should().NotBeNull();
    }

    private static void Inspected(string folder) => PluginInspection.Of(folder).Should().NotBeNull();
}
