using System.Text.Json.Nodes;

namespace Tenon.EncoderDecoders.Tests;

public class ArchitectureTests
{
    private static readonly ModelFacts Published = new(null, new SpecialTokens(), new DataFacts());

    [Theory]
    [InlineData("t5-small", 60_506_624)]
    [InlineData("t5-v1_1-small", 76_961_152)]
    public void T5_presets_have_the_published_number_of_parameters(string preset, long parameters)
    {
        var architecture = new T5Architecture();
        using T5Model model = architecture.Build(architecture.Resolve(new T5Options { Preset = preset }, Published), Meta());

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(parameters);
    }

    [Theory]
    [InlineData("bart-base", 139_420_416)]
    [InlineData("bart-large", 406_291_456)]
    public void Bart_presets_have_the_published_number_of_parameters(string preset, long parameters)
    {
        var architecture = new BartArchitecture();
        using BartModel model = architecture.Build(architecture.Resolve(new BartOptions { Preset = preset }, Published), Meta());

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(parameters);
    }

    [Fact]
    public void The_presets_are_the_allowed_values()
    {
        AllowedNames.Of<T5Options>(nameof(T5Options.Preset)).Should().BeEquivalentTo(T5Presets.All.Names);
        AllowedNames.Of<BartOptions>(nameof(BartOptions.Preset)).Should().BeEquivalentTo(TransformerPresets.Bart.Names);
        AllowedNames.Of<MarianOptions>(nameof(MarianOptions.Preset)).Should().BeEquivalentTo(TransformerPresets.Marian.Names);
    }

    [Theory]
    [InlineData("marian-tiny", "share_encoder_decoder_embeddings", "false", "*'share_encoder_decoder_embeddings' is false*")]
    [InlineData("marian-tiny", "tie_word_embeddings", "false", "*'tie_word_embeddings' is false; only true is supported*")]
    [InlineData("bart-tiny", "normalize_before", "true", "*'normalize_before' is true; only false is supported*")]
    [InlineData("t5-tiny", "feed_forward_proj", "\"gated-swish\"", "*'feed_forward_proj' is \"gated-swish\", which is not supported*")]
    public void Unsupported_settings_are_named(string name, string key, string value, string message)
    {
        JsonObject config = Goldens.Config(name);
        config[key] = JsonNode.Parse(value);

        FluentActions.Invoking(() => Models.Architecture(name).Read(new ModelConfiguration(config)))
            .Should().Throw<ModelException>().WithMessage(message);
    }

    private static BuildContext Meta() => new(new torch.Device("meta"), new Autocast());
}
