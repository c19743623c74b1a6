using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Tests.Plugins.Catalogue;

public sealed class ContractWordsTests
{
    [Theory]
    [InlineData("Tenon.ICausalLanguageModel", "a causal language model")]
    [InlineData("Tenon.IPromptTunable", "prompt tunable")]
    [InlineData("Tenon.IEmbedder", "an embedder")]
    [InlineData("Contoso.ImageModel", "an image model")]
    public void A_capability_is_what_a_model_is(string type, string words) => ContractWords.Capability(type).Should().Be(words);

    [Theory]
    [InlineData("Tenon.LabelledTextExample", "labelled text examples")]
    [InlineData("Tenon.ImageOutcome", "image outcomes")]
    public void Examples_and_outcomes_are_several(string type, string words) => ContractWords.Several(type).Should().Be(words);
}
