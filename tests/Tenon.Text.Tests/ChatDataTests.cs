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
        dataset.Train[0].Pieces.Should().Equal(new ChatPiece("### User\nHi\n### Assistant\n", false), new ChatPiece("Hello.\n", true));
        dataset.Facts.Summary.Should().Be("2 conversations from 1 file");
    }

    [Fact]
    public void Conversations_use_the_templates_of_their_roles_and_end_with_the_last_answer()
    {
        _folder.Write("a.jsonl", """
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a {content}"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}, {"role": "user", "content": "e"}]}
            """);
        using IDataset<ChatExample> dataset = Open(new ChatOptions { Files = ["a.jsonl"], User = "<u>{content}</u>", Assistant = "<a>{content}</a>", System = "[{content}]" });
        dataset.Train[0].Pieces.Should().Equal(
            new ChatPiece("[Be brief.]<u>a {content}</u><a>", false), new ChatPiece("b</a>", true),
            new ChatPiece("<u>c</u><a>", false), new ChatPiece("d</a>", true));
    }

    [Theory]
    [InlineData("{\"prompt\": \"x\"}", "*a.jsonl:1: 'response' has no text (found: prompt).*")]
    [InlineData("{\"messages\": []}", "*a.jsonl:1: no message has the role assistant*")]
    [InlineData("{\"prompt\": \"x\", \"response\": \"Great \\ud83d\"}", "*a.jsonl:1: \"Great \\ud83d\" is not valid text: it contains a lone surrogate*")]
    [InlineData("{\"messages\": 3}", "*a.jsonl:1: 'messages' is not a list.*")]
    [InlineData("{\"messages\": [{\"role\": \"tool\", \"content\": \"\"}]}", "*unknown role 'tool'. Allowed: system, user and assistant.")]
    [InlineData("{\"messages\": [3]}", "*'role' has no text (found: not an object)*")]
    [InlineData("[1]", "*the line is not a JSON object.*")]
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
        FluentActions.Invoking(() => new ChatData(_folder.Cache).Open(new ChatOptions { Files = ["b.jsonl"], Validation = ["a.jsonl"] }, context))
            .Should().Throw<DataException>().WithMessage($"None of the conversations in '{wrong}' could be used. Correct them, or use other files.");
    }

    private IDataset<ChatExample> Open(ChatOptions options) =>
        new ChatData(_folder.Cache).Open(options, _folder.Context);
}
