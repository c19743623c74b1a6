using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

public sealed class ComponentSettingsTests
{
    private static readonly PluginCatalogue Catalogue = Zoo.Good();
    private static readonly ComponentInfo[] Models = [.. Catalogue.OfKind(ComponentKind.Architecture)];
    private static readonly ComponentInfo Linear = Catalogue.Find(ComponentKind.Architecture, "linear")!;

    [Fact]
    public void A_component_is_chosen_with_its_settings()
    {
        ComponentChoice choice = ComponentSettings.Choose(Linear, ["--model:size", "3", "--model:noise:seed=4"]);

        choice.Use.Should().Be("linear");
        choice.Options["size"].Should().Be("3");
        choice.Options["noise:seed"].Should().Be("4");
    }

    [Fact]
    public void Everything_wrong_is_told_at_once() => Refusal(() =>
        ComponentSettings.Choose(Linear, ["--model:siz", "3", "--model:start=zeroes", "--modle:size", "big"])).Should().BeEquivalentTo(
        "command line: model:siz: is not a key of the architecture 'linear'. Did you mean 'size'? Valid keys are bias, label, large, " +
        "layers, level, noise, processors, share, size, start, weights, words.",
        "command line: model:start: is 'zeroes'; allowed: zeros, random. Did you mean 'zeros'?",
        "command line: modle:size: is not a valid setting here. Did you mean 'model'? Settings start with --model:; --help lists the " +
        "options of the command.");

    [Fact]
    public void An_option_without_its_section_gets_it_suggested() =>
        Refusal(() => ComponentSettings.Choose(Linear, ["--size", "3"])).Should().Equal(
        "command line: size: is not a valid setting here. Did you mean '--model:size'? Settings start with --model:; --help lists the " +
        "options of the command.");

    [Fact]
    public void What_has_no_default_and_folders_have_to_be_there()
    {
        Refusal(() => ComponentSettings.Choose(Catalogue.Find(ComponentKind.Strategy, "descend")!, [])).Should().Equal(
            "command line: strategy:author: is required. Whom to thank.");
        Refusal(() => ComponentSettings.Choose(Catalogue.Find(ComponentKind.Strategy, "please")!, ["--strategy:samples", "nowhere"]))
            .Should().Equal(
            $"command line: strategy:samples: is 'nowhere', but there is no folder '{Path.GetFullPath("nowhere")}'.");
    }

    [Fact]
    public void To_try_components_a_setting_has_to_be_valid_for_one_of_them()
    {
        ILookup<ComponentInfo, string> settings = ComponentSettings.ForTesting(Models, ["--model:size", "3"]);

        settings[Linear].Should().Equal("size=3");
        Refusal(() => ComponentSettings.ForTesting(Models, ["--model:size", "big"])).Should()
            .Contain("command line: model:size: is 'big'; it must be an integer.");
        Refusal(() => ComponentSettings.ForTesting(Models, ["--reward:word", "yes"])).Should().Equal(
            "command line: reward:word: is not a valid setting here. Settings start with --model:; --help lists the options of the " +
            "command.");
    }

    private static IEnumerable<string> Refusal(Func<object> act) =>
        act.Should().Throw<RecipeException>().Which.Findings.Select(finding => finding.ToString());
}
