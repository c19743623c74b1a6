using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Conformance;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Tests.Conformance;

[Collection("torch")]
public sealed class PluginConformanceTests
{
    [Fact]
    public void A_component_that_cannot_be_made_is_a_finding_and_the_others_are_tried()
    {
        PluginCatalogue catalogue = PluginCatalogue.OfFolder(Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0"));
        using var plugins = new PluginHost(NullLoggerFactory.Instance);

        Finding[] findings = [.. PluginConformance.Run(catalogue.Plugins[0], catalogue, plugins, _ => [])];

        Of("fragile").Should().ContainSingle().Which.Verdict.Should().Match<Verdict>(
            v => v.Outcome == CheckOutcome.Failed
                && v.Reason.StartsWith("Plugin 'zoo.good' 1.0.0 failed to create the device 'fragile'", StringComparison.Ordinal));
        Of("kind").Should().HaveCount(RewardChecks.All.Count).And.OnlyContain(f => f.Verdict.Outcome == CheckOutcome.Passed);
        Of("texts").Should().ContainSingle().Which.Verdict.Outcome.Should().Be(CheckOutcome.Skipped);
        Of("here").Should().OnlyContain(f => f.Check.Length > 0).And.HaveCount(DeviceChecks.All.Count);

        IEnumerable<Finding> Of(string component) => findings.Where(f => f.Component.Name == component);
    }
}
