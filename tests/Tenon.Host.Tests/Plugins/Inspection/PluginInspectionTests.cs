using Tenon.Host.Plugins.Inspection;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Tests.Plugins.Inspection;

public sealed class PluginInspectionTests : IDisposable
{
    private readonly Zoo _zoo = new();

    public void Dispose() => _zoo.Dispose();

    [Fact]
    public void Finds_uses_of_members_that_are_obsolete_or_not_public()
    {
        string folder = Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0");

        ContractUse.Questionable(AssemblyFile.Open(Path.Combine(folder, "Zoo.Good.dll"))!,
            AssemblyFile.Open(Path.Combine(folder, "Zoo.Library.dll"))!)
            .Should().Equal(new QuestionableUse("Zoo.Ways.Hidden", null), new QuestionableUse("Zoo.Ways.Old", "Use New."));
    }

    [Fact]
    public void Uses_of_the_contract_by_a_sound_plugin_are_not_questioned() =>
        PluginInspection.Of(Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0")).Should()
            .OnlyContain(remark => remark.Level == RemarkLevel.Warning)
            .And.NotContain(remark => remark.Code == "TN003");

    [Theory]
    [InlineData("zoo.newer", "was built for contract 1.2")]
    [InlineData("zoo.major", "a different major version")]
    [InlineData("zoo.missing", "needs Zoo.Library")]
    [InlineData("zoo.twice", "provides the device 'pair' 2 times")]
    public void A_plugin_that_cannot_be_used_is_an_error(string id, string reason) =>
        PluginInspection.Of(Path.Combine(Zoo.Plugins, id, "1.0.0"))[0].Should().Match<Remark>(
            remark => remark.Code == "TN001" && remark.Level == RemarkLevel.Error
                && remark.Text.Contains(reason, StringComparison.Ordinal));

    [Fact]
    public void Names_options_without_documentation_or_range_and_a_missing_licence()
    {
        IReadOnlyList<Remark> remarks = PluginInspection.Of(Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0"));

        remarks.Should().Contain(remark => remark.Code == "TN004");
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        File.WriteAllText(Path.Combine(copy, "LICENSE.txt"), "MIT");
        File.Delete(Path.Combine(copy, "Zoo.Good.xml"));
        File.Copy(typeof(IModel).Assembly.Location, Path.Combine(copy, "Tenon.Abstractions.dll"));
        IReadOnlyList<Remark> changed = PluginInspection.Of(copy);

        changed.Should().NotContain(remark => remark.Code == "TN004");
        changed.Should().Contain(remark => remark.Code == "TN005" && remark.Subject == "Tenon.Abstractions.dll");
        changed.Should().Contain(remark => remark.Code == "TN007" && remark.Subject == "strategy 'descend': rate");
        remarks.Should().NotContain(remark => remark.Code == "TN007" && remark.Subject == "strategy 'descend': rate");
    }
}
