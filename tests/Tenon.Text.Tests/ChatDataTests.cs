using Tenon.Text.Chat;

namespace Tenon.Text.Tests;

public sealed class ChatDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_prompt_and_its_response_are_a_users_message_and_the_answer()
    {
        _folder.Write("a.jsonl", "{\"prompt\": \"Hi\", \"response\": \"Hello.\"}\n\n{\"prompt\": \"2+2\", \"response\": \"4\"}\n");
        using IDataset<ChatExample> dataset = Open(new ChatOptions { Files = ["a.jsonl"] });
        dataset.Train.Count.Should().Be(2);
        Messages(dataset.Train[0]).Should().Equal(new ChatMessage("user", "Hi"), new ChatMessage("assistant", "Hello."));
        dataset.Facts.Summary.Should().Be("2 conversations from 1 file");
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}, {"role": "assistant", "content": "Hello."}]}""")]
    [InlineData("""{"conversations": [{"from": "system", "value": "Be brief."}, {"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]}""")]
    [InlineData("""{"system": "Be brief.", "conversations": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}""")]
    [InlineData("""{"system": "Be brief.", "instruction": "Hi", "input": "", "output": "Hello."}""")]
    public void Conversations_are_recognized_by_their_fields(string line)
    {
        _folder.Write("a.jsonl", line);
        using IDataset<ChatExample> dataset = Open(new ChatOptions { Files = ["a.jsonl"] });
        Messages(dataset.Train[0]).Should().Equal(
            new ChatMessage("system", "Be brief."), new ChatMessage("user", "Hi"), new ChatMessage("assistant", "Hello."));
        dataset.Train[0].Texts.Should().Equal("Be brief.", "Hi", "Hello.");
    }

    [Fact]
    public void An_instruction_is_followed_by_its_input()
    {
        _folder.Write("a.jsonl", """{"instruction": "Translate.", "input": "Haus", "output": "house"}""");
        using IDataset<ChatExample> dataset = Open(new ChatOptions { Files = ["a.jsonl"] });
        Messages(dataset.Train[0])[0].Content.Should().Be("Translate.\n\nHaus");
    }

    [Fact]
    public void Tools_and_further_fields_of_messages_are_kept()
    {
        _folder.Write("a.jsonl", """{"tools": [{"type": "function"}], "messages": [{"role": "assistant", "content": null, "tool_calls": [{"id": 1}]}, {"role": "tool", "content": "3", "name": "x"}]}""");
        using IDataset<ChatExample> dataset = Open(new ChatOptions { Files = ["a.jsonl"] });
        dataset.Train[0].Conversation!.Tools.Should().Be("""[{"type": "function"}]""");
        Messages(dataset.Train[0]).Should().Equal(
            new ChatMessage("assistant", "") { Fields = """{"tool_calls":[{"id":1}]}""" },
            new ChatMessage("tool", "3") { Fields = """{"name":"x"}""" });
    }

    [Fact]
    public void A_json_list_is_read_with_the_lines_of_its_items()
    {
        string file = _folder.Write("a.json", """
            [
              {"instruction": "a", "output": "b"},
              {"instruction": "c",
               "output": 3}, {"instruction": "d"},
              {"instruction": "e", "output": "f"}
            ]
            """);
        var faults = new List<string>();
        using IDataset<ChatExample> dataset = new ChatData(_folder.Cache).Open(
            new ChatOptions { Files = ["a.json"] }, _folder.Context with { OnRejected = fault => faults.Add(fault.Message) });
        faults.Should().Equal($"{file}:3: 'output' is 3. It must be a string.", $"{file}:4: 'output' is missing. It must be a string.");
        dataset.Train.Count.Should().Be(2);
        dataset.Train.Origin(1).Should().Be($"{file}:5");
    }

    [Theory]
    [InlineData("{\"a\": 1}", "*a.json: the file is not a JSON list.*")]
    [InlineData("[{\"prompt\": \"a\", \"response\": \"b\"},\n", "*a.json:2: the file is not valid JSON:*")]
    [InlineData("[] x", "*a.json:1: the file is not valid JSON:*")]
    [InlineData("[]", "*a.json' has no conversations (2 bytes). Remove it*")]
    [InlineData("[3]", "*a.json:1: not a JSON object.*")]
    public void Names_the_fault_of_a_json_file(string content, string message)
    {
        _folder.Write("a.json", content);
        FluentActions.Invoking(() => Open(new ChatOptions { Files = ["a.json"] })).Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void The_built_in_template_is_for_tokenizers_without_one_and_a_file_replaces_all()
    {
        _folder.Write("a.jsonl", "{\"prompt\": \"Hi\", \"response\": \"Hello.\"}");
        _folder.Write("own.jinja", "{{ messages }}");
        using IDataset<ChatExample> plain = Open(new ChatOptions { Files = ["a.jsonl"] });
        using IDataset<ChatExample> own = Open(new ChatOptions { Files = ["a.jsonl"], Template = "own.jinja" });

        plain.Facts.ChatTemplate!.Replaces.Should().BeFalse();
        plain.Facts.ChatTemplate.Source.Should().StartWith("{{- bos_token }}\n{%- for message in messages %}");
        own.Facts.ChatTemplate.Should().Be(new ChatTemplateChoice("{{ messages }}", Replaces: true));
        own.Facts.Fingerprint.Should().NotBe(plain.Facts.Fingerprint);
        FluentActions.Invoking(() => Open(new ChatOptions { Files = ["a.jsonl"], Template = "none.jinja" }))
            .Should().Throw<DataException>().WithMessage("template: *none.jinja' cannot be read:*");
    }

    [Theory]
    [InlineData("{\"prompt\": \"x\"}", "*a.jsonl:1: 'response' is missing. It must be a string.")]
    [InlineData("{\"messages\": []}", "*a.jsonl:1: 'messages' is not a list of messages.*")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}", "*a.jsonl:1: no message has the role assistant*")]
    [InlineData("{\"prompt\": \"x\", \"response\": \"Great \\ud83d\"}",
        "*a.jsonl:1: \"Great \\ud83d\" is not valid text: it contains a lone surrogate*")]
    [InlineData("{\"messages\": 3}", "*'messages' is not a list of messages.*")]
    [InlineData("{\"messages\": [{\"role\": \"me\", \"content\": \"\"}]}",
        "*'messages'[0]: unknown role 'me'. Allowed: system, developer, user, assistant, tool.")]
    [InlineData("{\"messages\": [3]}", "*'messages'[0] is not an object.*")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}",
        "*'messages'[0]: 'content' has a part that is not text: *image_url*")]
    [InlineData("{\"conversations\": [{\"from\": \"robot\", \"value\": \"\"}]}",
        "*'conversations'[0]: unknown author 'robot'. Allowed: system, human, *")]
    [InlineData("{\"conversations\": [{\"from\": \"gpt\"}]}", "*'conversations'[0] is not an object with the strings 'from' and 'value'.*")]
    [InlineData("{\"text\": \"x\", \"id\": 1}", "*a.jsonl:1: not a conversation (fields: text, id). It needs 'messages', *")]
    [InlineData("[1]", "*a.jsonl:1: not a JSON object.*")]
    [InlineData("{", "*a.jsonl:1: the line is not valid JSON, at byte *")]
    [InlineData("", "*a.jsonl' has no conversations (0 bytes). Remove it*")]
    public void Names_the_malformed_line_of_a_conversation(string line, string message)
    {
        _folder.Write("a.jsonl", line);
        Action open = () => Open(new ChatOptions { Files = ["a.jsonl"] });
        open.Should().Throw<DataException>().WithMessage(message);
    }

    [Fact]
    public void All_malformed_lines_are_collected_and_the_others_read()
    {
        string file = _folder.Write("a.jsonl", "{\n{\"prompt\": \"Hi\", \"response\": \"Hello.\"}\n{\"prompt\": \"x\"}\n");
        var faults = new List<string>();
        using IDataset<ChatExample> dataset = new ChatData(_folder.Cache).Open(
            new ChatOptions { Files = ["a.jsonl"] }, _folder.Context with { OnRejected = fault => faults.Add(fault.Message) });
        faults.Select(fault => fault.Split(": ")[0]).Should().Equal($"{file}:1", $"{file}:3");
        dataset.Train.Count.Should().Be(1);
        dataset.Train.Origin(0).Should().Be($"{file}:2");
    }

    [Fact]
    public void A_file_without_a_usable_line_is_skipped_unless_nothing_remains()
    {
        string wrong = _folder.Write("a.jsonl", "{\n");
        _folder.Write("b.jsonl", "{\"prompt\": \"Hi\", \"response\": \"Hello.\"}\n");
        DataContext context = _folder.Context with { OnRejected = _ => { } };
        using IDataset<ChatExample> dataset = new ChatData(_folder.Cache).Open(new ChatOptions { Files = ["a.jsonl", "b.jsonl"] }, context);
        dataset.Train.Count.Should().Be(1);
        FluentActions.Invoking(() => new ChatData(_folder.Cache)
            .Open(new ChatOptions { Files = ["b.jsonl"], Validation = ["a.jsonl"] }, context))
            .Should().Throw<DataException>()
                .WithMessage($"None of the conversations in '{wrong}' could be used. Correct them, or use other files.");
    }

    private static IReadOnlyList<ChatMessage> Messages(ChatExample example) => example.Conversation!.Messages;

    private IDataset<ChatExample> Open(ChatOptions options) =>
        new ChatData(_folder.Cache).Open(options, _folder.Context);
}
