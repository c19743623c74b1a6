using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>A model that is trained on conversations writes its template, chats with it, and passes it on.</summary>
public sealed class ChatTests : IDisposable
{
    // Ends replies with a token that is not the tokenizer's end of text.
    private const string Template = """
        {%- for message in messages %}
            {%- if message.role == 'tool' %}{{ raise_exception('There are no tools') }}{% endif %}
            {{- '<' + message.role + '>' + message.content + '<|end|>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}{{ '<assistant>' }}{% endif %}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-chat-");

    public ChatTests()
    {
        Write("chats.jsonl", string.Concat(Enumerable.Range(0, 64).Select(i => $$"""
            {"messages": [{"role": "user", "content": "{{"ab"[i % 2]}}"}, {"role": "assistant", "content": "{{"yn"[i % 2]}}"}]}

            """)));
        Write("own.jinja", Template);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_model_trained_with_the_built_in_template_chats()
    {
        Run("chat", FromScratch("finetune"));
        string template = File.ReadAllText(Path.Combine(_folder.FullName, "runs", "chat", "chat_template.jinja"));
        JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "runs", "chat", "tokenizer_config.json")))!["chat_template"]!
            .GetValue<string>().Should().Be(template).And.Contain("### User");

        Replies("runs/chat", "--chat", "-p", "a", "-p", "b").Should().Equal("y", "n");
        ProgramResult streamed = Tenon("generate", "runs/chat", "--chat", "-p", "b", "--temperature", "0");
        streamed.Output.Trim().Should().Be("n");
        Write("messages.jsonl",
            """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "y"}, {"role": "user", "content": "a"}]}""");
        Generate("runs/chat", ["--messages", "messages.jsonl"]).Should().HaveCount(1);

        // A run that starts from the folder uses its template.
        Run("lora", """ "model": { "use": "gpt", "from": "runs/chat" }, "strategy": { "use": "lora" }""", steps: 1);
        File.ReadAllText(Path.Combine(_folder.FullName, "runs", "lora", "chat_template.jinja")).Should().Be(template);
        Replies("runs/lora", "--chat", "-p", "a").Should().Equal("y");
        Tenon("merge", "runs/lora", "--output", "merged").ExitCode.Should().Be(0);
        Replies("merged", "--chat", "-p", "b").Should().Equal("n");
        ProgramResult eval = Tenon("eval", "runs/chat", "--json");
        eval.ExitCode.Should().Be(0, eval.All);
    }

    [Fact]
    public void Replies_end_with_the_token_of_the_template()
    {
        Run("base", FromScratch("finetune", """, "vocabularySize": 258"""), steps: 1);
        string folder = Path.Combine(_folder.FullName, "runs", "base");
        JsonNode tokenizer = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!;
        ((JsonArray)tokenizer["added_tokens"]!).Add(new JsonObject { ["id"] = 257, ["content"] = "<|end|>", ["special"] = true });
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());

        Run("own", """ "model": { "use": "gpt", "from": "runs/base" }, "strategy": { "use": "finetune" }""",
            data: """, "template": "own.jinja" """);
        JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "runs", "own", "generation_config.json")))!["eos_token_id"]!
            .Deserialize<int[]>().Should().Contain(257);
        Replies("runs/own", "--chat", "-p", "a", "-p", "b").Should().Equal("y", "n");
        Ending("runs/own", "--prompt", "<user>a<|end|><assistant>").Should().Be("end of text");

        Write("tools.jsonl", """{"messages": [{"role": "tool", "content": "3"}]}""");
        ProgramResult raised = Tenon("generate", "runs/own", "--messages", "tools.jsonl");
        raised.ExitCode.Should().NotBe(0);
        raised.All.Should().Contain("The chat template rejects the conversation: There are no tools (chat_template.jinja, line 2).")
            .And.NotContain("   at ");
    }

    [Fact]
    public void A_conversation_that_the_template_rejects_is_reported_with_its_line()
    {
        File.AppendAllText(Path.Combine(_folder.FullName, "chats.jsonl"),
            """{"messages": [{"role": "tool", "content": "3"}, {"role": "assistant", "content": "4"}]}""");
        string recipe = Recipe("bad", FromScratch("finetune"), 1, "");
        ProgramResult run = Tenon("run", recipe);

        run.ExitCode.Should().NotBe(0);
        run.All.Should().Contain("chats.jsonl:65: The chat template rejects the conversation: the role tool is not supported");
        Directory.Exists(Path.Combine(_folder.FullName, "runs", "bad")).Should().BeFalse();
    }

    [Fact]
    public void A_model_learns_from_preferences_between_conversations()
    {
        Write("pairs.jsonl", string.Concat(Enumerable.Repeat(
            """{"prompt": [{"role": "user", "content": "a"}], "chosen": [{"role": "assistant", "content": "y"}], "rejected": [{"role": "assistant", "content": "n"}]}""" + "\n", 32)));
        string recipe = Recipe("dpo", FromScratch("dpo"), 40, "");
        File.WriteAllText(recipe, File.ReadAllText(recipe)
            .Replace("\"chat\", \"files\": [\"chats.jsonl\"]", "\"preferences\", \"files\": [\"pairs.jsonl\"]", StringComparison.Ordinal));
        ProgramResult run = Tenon("run", recipe);

        run.ExitCode.Should().Be(0, run.All);
        Replies("runs/dpo", "--chat", "-p", "a").Single().Should().StartWith("y");
    }

    [Theory]
    [InlineData("--chat needs a message", "--chat")]
    [InlineData("--messages contains conversations, but prompts are continued as text", "--messages", "messages.jsonl", "-p", "x")]
    [InlineData("The model has no chat template: its folder contains no chat_template.jinja", "--chat", "-p", "x")]
    [InlineData("wrong.jsonl:1: the line is not an object with 'messages'", "--messages", "wrong.jsonl")]
    [InlineData("answered.jsonl:1: the last message is the assistant's", "--messages", "answered.jsonl")]
    [InlineData("The conversation file 'none.jsonl' does not exist", "--messages", "none.jsonl")]
    public void Mistakes_are_reported_in_one_line(string message, params string[] arguments)
    {
        Write("messages.jsonl", """{"messages": [{"role": "user", "content": "a"}]}""");
        Write("answered.jsonl", """{"messages": [{"role": "assistant", "content": "a"}]}""");
        Write("wrong.jsonl", """{"prompt": "a"}""");
        string model = Path.Combine(AppContext.BaseDirectory, "data", "hub", "gpt2-value-head");
        ProgramResult result = Tenon(["generate", model, .. arguments]);
        result.ExitCode.Should().NotBe(0);
        result.All.Should().Contain(message);
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder.FullName, name), content);

    private static string FromScratch(string strategy, string modelOptions = "") => $$"""
        "tokenizer": { "use": "bytes" },
        "model": { "use": "gpt", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 64{{modelOptions}} },
        "strategy": { "use": "{{strategy}}" }
        """;

    private void Run(string name, string sections, int steps = 150, string data = "")
    {
        ProgramResult run = Tenon("run", Recipe(name, sections, steps, data));
        run.ExitCode.Should().Be(0, run.All);
    }

    private string Recipe(string name, string sections, int steps, string data)
    {
        string recipe = Path.Combine(_folder.FullName, $"{name}.json");
        File.WriteAllText(recipe, $$"""
            {
              "name": "{{name}}", "device": { "use": "cpu", "threads": 1 },
              "data": { "use": "chat", "files": ["chats.jsonl"]{{data}} },
              {{sections}},
              "training": { "steps": {{steps}}, "batchSize": 8, "learningRate": {{(steps == 1 ? "1e-9" : "3e-3")}} },
              "validation": { "batches": 1 }
            }
            """);
        return recipe;
    }

    // Every reply ends by itself.
    private string[] Replies(string folder, params string[] arguments)
    {
        JsonArray made = Generate(folder, arguments);
        made.Select(one => one!["ending"]!.GetValue<string>()).Should().AllBe("end of text");
        return [.. made.Select(one => one!["text"]!.GetValue<string>())];
    }

    private string Ending(string folder, params string[] arguments) => Generate(folder, arguments)[0]!["ending"]!.GetValue<string>();

    private JsonArray Generate(string folder, string[] arguments)
    {
        ProgramResult result = Tenon(["generate", folder, "--temperature", "0", "-n", "30", "--json", .. arguments]);
        result.ExitCode.Should().Be(0, result.All);
        return (JsonArray)JsonNode.Parse(result.Output)!;
    }

    private ProgramResult Tenon(params string[] arguments) => TenonProgram.Run(_folder.FullName, arguments);
}
