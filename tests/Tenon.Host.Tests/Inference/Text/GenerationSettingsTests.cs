using System.Text.Json.Nodes;
using Tenon.Host.Inference.Text;

namespace Tenon.Host.Tests.Inference.Text;

public class GenerationSettingsTests
{
    [Fact]
    public void A_generation_config_is_read()
    {
        GenerationSettings settings = Of("""
            {
              "num_beams": 6, "length_penalty": 2.0, "early_stopping": true, "min_length": 56, "no_repeat_ngram_size": 3,
              "forced_bos_token_id": 0, "forced_eos_token_id": [2], "bad_words_ids": [[58100], [1, 2]], "max_length": 142
            }
            """);

        settings.Beams.Should().Be(new BeamOptions { Beams = 6, LengthPenalty = 2, Stopping = BeamStopping.WhenEnoughFinished });
        settings.Constraints.Should().BeEquivalentTo(new TokenConstraints
        {
            MinLength = 56,
            NoRepeatNGramSize = 3,
            ForcedBegin = 0,
            ForcedEnd = 2,
            BadWords = [[58100], [1, 2]],
        });
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "num_beams": 1, "min_length": 0, "no_repeat_ngram_size": 0, "forced_eos_token_id": null, "num_beam_groups": 1 }""")]
    public void A_file_without_such_settings_asks_for_nothing(string content) => Of(content).Should().Be(new GenerationSettings());

    [Fact]
    public void Older_folders_have_the_settings_in_config_json()
    {
        var configuration = new ModelConfiguration((JsonObject)JsonNode.Parse("""{ "num_beams": 4, "forced_eos_token_id": 0 }""")!);

        GenerationSettings settings = GenerationSettings.Of(configuration);

        settings.Beams!.Beams.Should().Be(4);
        settings.Constraints!.ForcedEnd.Should().Be(0);
    }

    [Theory]
    [InlineData("""{ "num_beam_groups": 2 }""",
        "generation_config.json: 'num_beam_groups' is 2, which is not supported. Remove it, or set it to 1.")]
    [InlineData("""{ "min_length": -1 }""", "generation_config.json: 'min_length' is -1, which is not a whole number of at least 0.")]
    [InlineData("""{ "early_stopping": "maybe" }""",
        "generation_config.json: 'early_stopping' is \"maybe\", but must be true, false or \"never\".", "\"num_beams\": 2")]
    [InlineData("""{ "bad_words_ids": [5] }""",
        "generation_config.json: 'bad_words_ids' is [5], which is not a list of lists of token ids.")]
    [InlineData("""{ "forced_bos_token_id": "de" }""", "generation_config.json: 'forced_bos_token_id' is \"de\", which is not a token id.")]
    public void An_unsupported_setting_is_named(string content, string message, string more = "\"num_beams\": 1")
    {
        FluentActions.Invoking(() => Of(content.Replace("{", $"{{ {more},", StringComparison.Ordinal))).Should().Throw<ModelException>()
            .WithMessage(message);
    }

    private static GenerationSettings Of(string content) => GenerationSettings.Of(new ModelConfiguration(new Dictionary<string, JsonObject>
    {
        ["config.json"] = [],
        ["generation_config.json"] = (JsonObject)JsonNode.Parse(content)!,
    }));
}
