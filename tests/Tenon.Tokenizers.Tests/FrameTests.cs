using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.Tests;

/// <summary>The tokens around a text and a pair, as tokenizer.json and tokenizer_config.json define them.</summary>
public sealed class FrameTests : IDisposable
{
    private const string Llama = """
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                  {"SpecialToken": {"id": "<s>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [257], "tokens": ["<s>"]}}}
        """;

    private readonly TestFolder folder = new();

    public FrameTests()
    {
        new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext("", [], _ => { })).Save(folder.Path);
        Change("added_tokens", """[{"id": 256, "content": "</s>", "special": true}, {"id": 257, "content": "<s>", "special": true}]""");
        var json = JsonNode.Parse(folder.Read("tokenizer.json"))!;
        json["model"]!["vocab"]!.AsObject().Remove("<|endoftext|>");
        folder.Write("tokenizer.json", json.ToJsonString());
        folder.Delete("special_tokens_map.json");
        Config();
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("null", "", "", "", "", "", 1)]
    [InlineData("""{"type": "ByteLevel"}""", "", "", "", "", "", 1)]
    [InlineData("""{"type": "BertProcessing", "cls": ["<s>", 257], "sep": ["</s>", 256]}""", "257", "256", "257", "256", "256", 1)]
    [InlineData("""{"type": "RobertaProcessing", "cls": ["<s>", 257], "sep": ["</s>", 256]}""", "257", "256", "257", "256 256", "256", 0)]
    [InlineData(Llama, "257", "", "257", "257", "", 1)]
    [InlineData($$"""{"type": "Sequence", "processors": [{"type": "ByteLevel"}, {{Llama}}]}""", "257", "", "257", "257", "", 1)]
    public void Follow_the_post_processor(string postProcessor, string before, string after, string pairBefore, string between,
        string pairAfter, int secondType)
    {
        Change("post_processor", postProcessor);

        foreach (var tokenizer in OpenedAndSaved())
        {
            var (single, pair) = (tokenizer.Frame(), tokenizer.Frame(pair: true));
            Spell(single.Before).Should().Be(before);
            single.Between.Should().BeEmpty();
            Spell(single.After).Should().Be(after);
            Spell(pair.Before).Should().Be(pairBefore);
            Spell(pair.Between).Should().Be(between);
            Spell(pair.After).Should().Be(pairAfter);
            pair.SecondType.Should().Be(secondType);
        }
    }

    [Theory]
    [InlineData("\"add_bos_token\": true", "null", "257", "", "257")]
    [InlineData("\"add_bos_token\": true, \"add_eos_token\": true", "null", "257", "256", "256 257")]
    [InlineData("\"add_bos_token\": false", Llama, "", "", "")]
    [InlineData("\"add_eos_token\": true", Llama, "257", "256", "256 257")]
    [InlineData("\"add_bos_token\": true, \"add_eos_token\": false", Llama, "257", "", "257")]
    public void Follow_the_configuration_before_the_post_processor(string config, string postProcessor, string before, string after,
        string between)
    {
        Change("post_processor", postProcessor);
        Config(config);

        foreach (var tokenizer in OpenedAndSaved())
        {
            Spell(tokenizer.Frame().Before).Should().Be(before);
            Spell(tokenizer.Frame().After).Should().Be(after);
            Spell(tokenizer.Frame(pair: true).Between).Should().Be(between);
        }
    }

    [Fact]
    public void A_template_without_a_second_text_is_rejected_only_for_pairs()
    {
        Change("post_processor", """{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}], "pair": [{"Sequence": {"id": "A"}}], "special_tokens": {}}""");
        var tokenizer = Open();

        tokenizer.Frame().Count.Should().Be(0);
        var pair = () => tokenizer.Frame(pair: true);
        pair.Should().Throw<DataException>().WithMessage("*post_processor.pair lacks the text B*");
    }

    [Theory]
    [InlineData("""{"type": "MyProcessing"}""", "*post_processor is of type 'MyProcessing'; supported: TemplateProcessing*")]
    [InlineData("""{"type": "BertProcessing", "cls": ["<s>", 999], "sep": ["</s>", 256]}""", "*cls[1] is 999*ids 0 to 257*")]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<x>"}}], "pair": []}""", "*'<x>', which special_tokens does not define*")]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B"}}], "pair": []}""", "*text B out of order*")]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 2}}], "pair": []}""", "*gives the type 2*")]
    public void Unsupported_settings_are_rejected_by_name(string postProcessor, string message)
    {
        Change("post_processor", postProcessor);
        var open = Open;
        open.Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void A_key_that_needs_a_missing_token_is_rejected()
    {
        folder.Write("tokenizer_config.json", """{"eos_token": "</s>", "add_bos_token": true}""");
        var open = Open;
        open.Should().Throw<DataException>().WithMessage("*tokenizer_config.json*add_bos_token true, but no bos_token*");
    }

    private IEnumerable<ITokenizer> OpenedAndSaved()
    {
        var opened = Open();
        yield return opened;
        using var saved = new TestFolder();
        opened.Save(saved.Path);
        yield return new HuggingFaceTokenizer().Open(saved.Path);
    }

    private void Config(string more = "") => folder.Write(
        "tokenizer_config.json", $$"""{"bos_token": "<s>", "eos_token": "</s>"{{(more.Length > 0 ? ", " + more : "")}}}""");

    private void Change(string name, string value)
    {
        var json = JsonNode.Parse(folder.Read("tokenizer.json"))!;
        json[name] = JsonNode.Parse(value);
        folder.Write("tokenizer.json", json.ToJsonString());
    }

    private static string Spell(IReadOnlyList<int> ids) => string.Join(' ', ids);

    private ITokenizer Open() => new HuggingFaceTokenizer().Open(folder.Path);
}
