using System.Text;
using Tenon.Cli.Commands;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

namespace Tenon.Integration.Tests;

/// <summary>A dialogue of several turns, in the program and in the library.</summary>
[Collection(InOneProcess.Name)]
public sealed class DialogueTests(DialogueTests.Trained trained) : IClassFixture<DialogueTests.Trained>
{
    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 10 };

    [Fact]
    public void A_pipe_is_answered_line_by_line_without_prompts()
    {
        ProgramResult chat = Chat("a\n\n/reset\nb\n");

        chat.ExitCode.Should().Be(0, chat.All);
        chat.Output.Should().Be("y\nn\n");
        chat.Errors.Should().BeEmpty();
    }

    [Fact]
    public void A_process_reads_a_pipe_in_UTF_8_and_ends_with_it()
    {
        ProgramResult chat = TenonProgram.Feed(
            trained.Folder, "a\n/system é\n/save piped.jsonl\n/system\n/reset\nb", "chat", trained.Model, "--temperature", "0");

        chat.ExitCode.Should().Be(0, chat.All);
        chat.Output.Should().Be("y\nn\n");
        File.ReadAllText(trained.At("piped.jsonl")).Should().Contain("\"é\"");
    }

    [Fact]
    public void A_dialogue_is_answered_again_saved_and_ended()
    {
        ProgramResult chat = Chat("a\n/retry\n/system s\n/save saved.jsonl\n/exit\nb\n");

        chat.ExitCode.Should().Be(0, chat.All);
        chat.Output.Should().Be("y\ny\n");
        chat.Errors.Should().Be("Saved saved.jsonl.\n");
        File.ReadAllText(trained.At("saved.jsonl")).Should().Be(
            """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"y"}]}""" + "\n");
    }

    [Theory]
    [InlineData("/retyr\n", 2, "There is no command '/retyr'. Did you mean '/retry'? Commands: /retry, /system,")]
    [InlineData("/retry\n", 2, "There is no message to answer again.")]
    [InlineData("/save x.jsonl\n", 2, "There is no message to save.")]
    [InlineData("a\n/save\n", 2, "/save needs a file")]
    [InlineData("a\n/save none/x.jsonl\n", 2, "of /save does not exist")]
    [InlineData("//a very long message that begins with a slash and does not fit into the context of the model, which is small\n", 4,
        "The message has ")]
    public void A_mistake_in_a_pipe_ends_the_program_with_one_line(string input, int code, string message)
    {
        ProgramResult chat = Chat(input);

        chat.ExitCode.Should().Be(code, chat.All);
        chat.Errors.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain(message);
    }

    [Theory]
    [InlineData("gpt2-value-head", "The model has no chat template")]
    [InlineData("bert-two-heads", "'chat' needs a causal language model; this folder contains")]
    public void A_model_that_cannot_chat_is_refused(string folder, string message)
    {
        ProgramResult chat = InProcess.Feed(
            trained.Folder, "a\n", "chat", Path.Combine(AppContext.BaseDirectory, "data", "hub", folder));

        chat.ExitCode.Should().Be(4, chat.All);
        chat.Errors.Should().Contain(message);
    }

    [Fact]
    public void A_system_text_that_the_template_rejects_is_refused_before_the_first_message()
    {
        string folder = trained.At("strict");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(trained.Model))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), """
            {%- for message in messages %}
                {%- if message.role == 'system' %}{{ raise_exception('no system text') }}{% endif %}
                {{- message.content }}
            {%- endfor %}
            """);

        ProgramResult refused = InProcess.Feed(trained.Folder, "a\n", "chat", folder, "--system", "s");
        ProgramResult accepted = InProcess.Feed(trained.Folder, "", "chat", folder, "--system", " ");

        refused.ExitCode.Should().Be(4);
        refused.Errors.Should().Contain("no system text");
        refused.Output.Should().BeEmpty();
        accepted.ExitCode.Should().Be(0, accepted.All);
    }

    [Fact]
    public void The_model_reads_the_last_turns_and_the_dialogue_keeps_all()
    {
        using var host = new TenonHost();
        using OpenedModel model = host.Open(trained.Model);
        var dialogue = new Dialogue(model, Greedy, system: "s");

        DialogueReply[] replies = [.. Enumerable.Range(0, 5).Select(_ => dialogue.Ask("a"))];

        dialogue.Turns.Should().Be(5);
        replies.Select(reply => reply.DroppedTurns).Should().BeInAscendingOrder().And.EndWith(replies[^2].DroppedTurns + 1);
        replies[0].DroppedTurns.Should().Be(0);
        IReadOnlyList<ChatMessage> all = dialogue.Messages();
        all.Should().HaveCount(11);
        Conversation read = new([all[0], .. all.Skip(1 + 2 * replies[^1].DroppedTurns).SkipLast(1)]);
        model.Chat([read], Greedy)[0].Text.Should().Be(replies[^1].Text);
        dialogue.Reset();
        dialogue.Messages().Should().Equal(new ChatMessage(ChatMessage.System, "s"));
        dialogue.Ask("a").Should().Be(replies[0]);
    }

    [Fact]
    public void Ctrl_C_ends_the_answer_and_an_error_does_not_end_the_dialogue()
    {
        using var host = new TenonHost();
        using OpenedModel model = host.Open(trained.Model);
        var hints = new List<string>();
        using var interrupt = new AnswerSignal(() => hints.Add("hint"), CancellationToken.None);
        using var output = new Screen(piece =>
        {
            if (piece == "y")
                interrupt.Interrupt().Should().BeTrue();
        });
        using var errors = new StringWriter();
        var session = new Session(
            Terminal.Create(output), errors, help: false, verbose: false, [], CancellationToken.None, new StringReader("a\n/none\n\nb\n"));
        var dialogue = new Dialogue(model, Greedy);

        new ChatLoop(session, dialogue, interrupt).Run(CancellationToken.None);
        interrupt.Interrupt().Should().BeTrue();

        output.ToString().Should().StartWith("> y\n> > > ");
        errors.ToString().Should().Contain("/help").And.Contain("There is no command '/none'");
        dialogue.Turns.Should().Be(2);
        dialogue.Messages()[1].Content.Should().Be("y");
        hints.Should().Equal("hint");
    }

    [Fact]
    public void A_second_Ctrl_C_during_the_same_answer_ends_the_process()
    {
        using var interrupt = new AnswerSignal(() => { }, CancellationToken.None);

        bool[] handled = interrupt.Run(stop =>
        {
            stop.IsCancellationRequested.Should().BeFalse();
            bool first = interrupt.Interrupt();
            stop.IsCancellationRequested.Should().BeTrue();
            return new[] { first, interrupt.Interrupt() };
        });

        handled.Should().Equal(true, false);
    }

    private ProgramResult Chat(string input, params string[] arguments) =>
        InProcess.Feed(trained.Folder, input, ["chat", trained.Model, "--temperature", "0", "-n", "10", .. arguments]);

    // Calls an action for each piece of an answer.
    private sealed class Screen(Action<string> seen) : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(string? value)
        {
            base.Write(value);
            seen(value!);
        }
    }

    /// <summary>A model that answers 'a' with 'y' and 'b' with 'n'.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-dialogue-");

        /// <summary>Trains it.</summary>
        public Trained()
        {
            File.WriteAllText(At("chats.jsonl"), string.Concat(Enumerable.Range(0, 64).Select(i => $$"""
                {"messages": [{"role": "user", "content": "{{"ab"[i % 2]}}"}, {"role": "assistant", "content": "{{"yn"[i % 2]}}"}]}

                """)));
            File.WriteAllText(At("chat.json"), """
                {
                  "name": "chat", "device": { "use": "cpu", "threads": 1 },
                  "data": { "use": "chat", "files": ["chats.jsonl"] },
                  "tokenizer": { "use": "bytes" },
                  "model": { "use": "gpt", "layers": 1, "hiddenSize": 32, "heads": 2, "contextLength": 96 },
                  "strategy": { "use": "finetune" },
                  "training": { "steps": 150, "batchSize": 8, "learningRate": 3e-3 },
                  "validation": { "batches": 1 }
                }
                """);
            ProgramResult run = InProcess.Run(Folder, "run", "chat.json");
            run.ExitCode.Should().Be(0, run.All);
        }

        /// <summary>The working directory.</summary>
        public string Folder => _folder.FullName;

        /// <summary>The model's folder.</summary>
        public string Model => At("runs", "chat");

        /// <summary>A path in the folder.</summary>
        public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

        /// <summary>Deletes the folder.</summary>
        public void Dispose() => _folder.Delete(recursive: true);
    }
}
