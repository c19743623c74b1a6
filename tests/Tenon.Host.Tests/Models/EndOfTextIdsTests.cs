using System.Text.Json.Nodes;
using Tenon.Host.Models;
using Tenon.Host.Tests.Data;

namespace Tenon.Host.Tests.Models;

public sealed class EndOfTextIdsTests
{
    [Theory]
    [InlineData("5", null, 5, 256)]
    [InlineData("[5, 7]", null, 5, 7, 256)]
    [InlineData("5", "[5, 7]", 5, 7, 256)]
    [InlineData("5", "7", 5, 7, 256)]
    [InlineData("null", "[7, 256]", 7, 256)]
    [InlineData(null, null, 256)]
    public void Both_files_and_the_tokenizer_have_ids(string? config, string? generation, params int[] ids) =>
        EndOfTextIds.Of(Folder(config, generation), new ByteTokenizer()).Should().Equal(ids);

    [Theory]
    [InlineData("[5, 7]", null)]
    [InlineData("5", "[5, 7]")]
    [InlineData("5", "7")]
    [InlineData(null, "[5, 7]")]
    public void What_comes_from_a_folder_ends_at_its_ids(string? config, string? generation)
    {
        ModelConfiguration kept = EndOfTextIds.Keep(Folder("5", generation: null), Folder(config, generation));

        kept["config.json"]["eos_token_id"]!.ToJsonString().Should().Be("5", "architectures describe one id");
        kept["generation_config.json"]["eos_token_id"]!.ToJsonString().Should().Be("[5,7]");
        EndOfTextIds.Of(kept, tokenizer: null).Should().Equal(5, 7);
    }

    [Fact]
    public void A_reply_ends_at_the_id_of_the_chat_template()
    {
        ModelConfiguration described = Folder("5", generation: null);

        EndOfTextIds.Of(EndOfTextIds.WithEndOfReply(described, 9), tokenizer: null).Should().Equal(5, 9);
        EndOfTextIds.Of(EndOfTextIds.WithEndOfReply(Folder(null, null), 9), tokenizer: null).Should().Equal(9);
        EndOfTextIds.WithEndOfReply(described, 5).Should().BeSameAs(described);
    }

    [Fact]
    public void One_id_needs_no_further_file()
    {
        ModelConfiguration described = Folder("5", generation: null);

        EndOfTextIds.Keep(described, Folder("5", "5")).Should().BeSameAs(described);
        EndOfTextIds.Keep(described, start: null).Should().BeSameAs(described);
    }

    [Theory]
    [InlineData("\"</s>\"")]
    [InlineData("[5, null]")]
    [InlineData("-1")]
    [InlineData("1.5")]
    public void What_is_no_id_is_refused(string value) =>
        FluentActions.Invoking(() => EndOfTextIds.Of(Folder("5", value), tokenizer: null)).Should().Throw<ModelException>()
            .WithMessage("generation_config.json: 'eos_token_id' has *, which is not a token id. It must be an integer or a list of " +
                "integers.");

    private static ModelConfiguration Folder(string? config, string? generation)
    {
        var files = new Dictionary<string, JsonObject> { ["config.json"] = Content(config) };
        if (generation is not null)
            files["generation_config.json"] = Content(generation);
        return new ModelConfiguration(files);

        static JsonObject Content(string? ids) => ids is null ? [] : new JsonObject { ["eos_token_id"] = JsonNode.Parse(ids) };
    }
}
