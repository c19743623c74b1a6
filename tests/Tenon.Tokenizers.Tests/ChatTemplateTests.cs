using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.Tests;

public sealed class ChatTemplateTests : IDisposable
{
    private const string ChatMl = """
        {%- for message in messages %}
            {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}
        """;

    // Two turns; after the last answer a question without one.
    private static readonly Conversation Chat = Of("user: Hi", "assistant: Hello", "user: Bye", "assistant: See you", "user: ?");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_assistants_messages_and_their_end_are_targets()
    {
        IChatTemplate template = Tokenizer(ChatMl).ChatTemplate!;

        template.Render(Chat with { Messages = [.. Chat.Messages.Take(1)] }, addGenerationPrompt: true)
            .Should().Be("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
        Learned(template.Encode(Chat)).Should().Equal("Hello<|im_end|>", "See you<|im_end|>");
        Learned(template.Encode(Chat, lastOnly: true)).Should().Equal("See you<|im_end|>");
        Text(template.Encode(Chat)).Should()
            .Be(template.Render(Chat with { Messages = [.. Chat.Messages.Take(4)] }, addGenerationPrompt: false));
        template.EndOfReply.Should().Be(Tokenizer(ChatMl).TokenId("<|im_end|>"));
    }

    [Fact]
    public void The_ids_are_those_of_the_whole_text()
    {
        ITokenizer tokenizer = Tokenizer(ChatMl, new Gpt2Tokenizer().Create(new Gpt2Options(), new TokenizerContext("", [], _ => { })));
        ChatTokens tokens = tokenizer.ChatTemplate!.Encode(Chat);

        tokens.Ids.Should().Equal(tokenizer.Encode(Text(tokens), recognizeSpecial: true));
        int prompt = tokenizer.Encode("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", recognizeSpecial: true).Count;
        tokens.Learned.Index().First(id => id.Item).Index.Should().Be(prompt, "a reply starts where the generated one does");
    }

    [Fact]
    public void Marks_of_the_template_decide_what_is_learned()
    {
        string marked = ChatMl.Replace("message.content + '<|im_end|>\\n' }}",
            "'' }}{% generation %}{{- message.content }}{% endgeneration %}{{- '<|im_end|>\\n' }}", StringComparison.Ordinal);

        // This template marks the messages of everyone.
        Learned(Tokenizer(marked).ChatTemplate!.Encode(Chat)).Should().Equal("Hi", "Hello", "Bye", "See you");
        Learned(Tokenizer(marked).ChatTemplate!.Encode(Chat, lastOnly: true)).Should().Equal("See you<|im_end|>");
    }

    [Fact]
    public void A_reply_that_the_template_shortens_later_is_context()
    {
        string thinking = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Jinja", "templates", "thinking.jinja"));
        Conversation chat = Of("user: Hi", "assistant: <think>\nA greeting.\n</think>\n\nHello", "user: Bye",
            "assistant: <think>\nLeaving.\n</think>\n\nSee you");

        IReadOnlyList<string> learned = Learned(Tokenizer(thinking).ChatTemplate!.Encode(chat));
        learned.Should().Equal("<think>\nLeaving.\n</think>\n\nSee you</assistant>\n");
        Text(Tokenizer(thinking).ChatTemplate!.Encode(chat)).Should().StartWith("<user>Hi</user>\n<assistant>Hello</assistant>");
    }

    [Fact]
    public void A_conversation_may_begin_with_the_assistant() =>
        Learned(Tokenizer(ChatMl).ChatTemplate!.Encode(Of("assistant: Hello", "user: Hi", "assistant: Bye")))
            .Should().Equal("Hello<|im_end|>", "Bye<|im_end|>");

    [Fact]
    public void Templates_read_tools_and_the_fields_of_messages()
    {
        const string Source = "{{ bos_token }}{{ tools[0].function.name }}{% for m in messages %}{{ m.content }}{% if m.tool_calls %}{{ " +
            "m.tool_calls[0].function.arguments | tojson }}{% endif %}{% endfor %}";
        using JsonDocument messages = JsonDocument.Parse("""
            [{"role": "user", "content": [{"type": "text", "text": "Weather"}, {"type": "text", "text": "?"}]},
             {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Zürich"}}}]}]
            """);
        using JsonDocument tools = JsonDocument.Parse("""[{"type": "function", "function": {"name": "weather"}}]""");
        var chat = Conversation.Read(messages.RootElement, tools.RootElement, "here");

        Tokenizer(Source).ChatTemplate!.Render(chat, addGenerationPrompt: false)
            .Should().Be("""<|endoftext|>weatherWeather?{"city": "Zürich"}""");
    }

    [Theory]
    [InlineData("\"{{ 'config' }}\"", null, "config")]
    [InlineData("\"{{ 'config' }}\"", "{{ 'file' }}", "file")]
    [InlineData("""[{"name": "tool_use", "template": "{{ 'tools' }}"}, {"name": "default", "template": "{{ 'usual' }}"}]""", null, "usual")]
    [InlineData("null", null, null)]
    public void The_template_is_in_the_configuration_or_in_its_own_file(string config, string? file, string? expected)
    {
        Save(Plain(), config, file);
        IChatTemplate? template = new HuggingFaceTokenizer().Open(_folder.Path).ChatTemplate;

        template?.Render(Chat, addGenerationPrompt: false).Should().Be(expected);
        (template is null).Should().Be(expected is null);
        if (config.Contains("tool_use", StringComparison.Ordinal))
            template!.Render(Chat with { Tools = "[]" }, addGenerationPrompt: false).Should().Be("tools");
    }

    [Fact]
    public void A_list_without_a_default_template_names_what_it_has()
    {
        Save(Plain(), """[{"name": "rag", "template": ""}, {"name": "tool_use", "template": ""}]""", file: null);
        FluentActions.Invoking(() => new HuggingFaceTokenizer().Open(_folder.Path).ChatTemplate).Should().Throw<DataException>()
            .WithMessage("tokenizer_config.json: chat_template has the templates rag, tool_use, but none named 'default'; rename one.");
    }

    [Fact]
    public void A_new_template_is_saved_where_every_version_of_transformers_reads_it()
    {
        Save(Plain(), "\"{{ 'old' }}\"", file: null);
        ITokenizer opened = new HuggingFaceTokenizer().Open(_folder.Path);
        ITokenizer changed = opened.WithChatTemplate(ChatMl);
        changed.Fingerprint.Should().Be(opened.Fingerprint, "the ids of a text are the same");
        changed.Save(_folder.Path);

        _folder.Read("chat_template.jinja").Should().Be(ChatMl);
        JsonNode config = JsonNode.Parse(_folder.Read("tokenizer_config.json"))!;
        config["chat_template"]!.GetValue<string>().Should().Be(ChatMl);
        config["eos_token"]!.GetValue<string>().Should().Be("<|endoftext|>");
        new HuggingFaceTokenizer().Open(_folder.Path).ChatTemplate!.Source.Should().Be(ChatMl);
    }

    [Fact]
    public void A_template_that_raises_is_an_error_of_one_line() =>
        FluentActions.Invoking(() => Tokenizer("\n{{ raise_exception('Roles must alternate.') }}")
            .ChatTemplate!.Render(Chat, addGenerationPrompt: true))
            .Should().Throw<DataException>()
            .WithMessage("The chat template rejects the conversation: Roles must alternate (chat_template.jinja, line 2).");

    [Fact]
    public void A_malformed_template_is_an_error_when_it_is_used()
    {
        Save(Plain(), "\"{{ x | nofilter }}\"", file: null);
        ITokenizer opened = new HuggingFaceTokenizer().Open(_folder.Path);
        opened.Encode("The folder still opens.").Should().NotBeEmpty();

        FluentActions.Invoking(() => opened.ChatTemplate!.Render(Chat, addGenerationPrompt: true)).Should().Throw<DataException>()
            .WithMessage("The chat template 'chat_template' in tokenizer_config.json cannot be used: line 1: there is no filter " +
                "'nofilter'*");
        FluentActions.Invoking(() => opened.WithChatTemplate("{% if %}")).Should().Throw<DataException>()
            .WithMessage("The chat template chat_template.jinja cannot be used: line 1*");
    }

    [Fact]
    public void A_template_that_omits_the_reply_is_an_error() =>
        FluentActions.Invoking(() => Tokenizer("{{ messages[0].content }}").ChatTemplate!.Encode(Chat)).Should().Throw<DataException>()
            .WithMessage("The chat template chat_template.jinja omits message 2, which is the assistant's*");

    private ITokenizer Tokenizer(string template, ITokenizer? start = null)
    {
        ITokenizer plain = start ?? Plain();
        Save(plain, "null", template);
        JsonObject json = JsonNode.Parse(_folder.Read("tokenizer.json"))!.AsObject();
        foreach ((int i, string marker) in new[] { "<|im_start|>", "<|im_end|>" }.Index())
            ((JsonArray)json["added_tokens"]!)
                .Add(new JsonObject { ["id"] = plain.VocabularySize + i, ["content"] = marker, ["special"] = true });
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer.json"), json.ToJsonString());
        return new HuggingFaceTokenizer().Open(_folder.Path);
    }

    private static ITokenizer Plain() => new BytesTokenizer().Create(new BytesOptions(), new TokenizerContext("", [], _ => { }));

    private void Save(ITokenizer tokenizer, string config, string? file)
    {
        tokenizer.Save(_folder.Path);
        JsonObject changed = JsonNode.Parse(_folder.Read("tokenizer_config.json"))!.AsObject();
        changed["chat_template"] = JsonNode.Parse(config);
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer_config.json"), changed.ToJsonString());
        if (file is not null)
            File.WriteAllText(Path.Combine(_folder.Path, "chat_template.jinja"), file);
    }

    private string Text(ChatTokens tokens) => new HuggingFaceTokenizer().Open(_folder.Path).Decode(tokens.Ids, keepSpecial: true);

    // The texts of neighboring targets.
    private IReadOnlyList<string> Learned(ChatTokens tokens)
    {
        ITokenizer tokenizer = new HuggingFaceTokenizer().Open(_folder.Path);
        List<List<int>> parts = [];
        for (int i = 0; i < tokens.Ids.Count; i++)
        {
            if (!tokens.Learned[i])
                continue;
            if (i == 0 || !tokens.Learned[i - 1])
                parts.Add([]);
            parts[^1].Add(tokens.Ids[i]);
        }

        return [.. parts.Select(part => tokenizer.Decode(part, keepSpecial: true))];
    }

    private static Conversation Of(params string[] messages) => new([.. messages.Select(message =>
    {
        string[] parts = message.Split(": ", 2);
        return new ChatMessage(parts[0], parts[1]);
    })]);
}
