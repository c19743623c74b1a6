using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Bert.Tests;

/// <summary>Questions about passages: windows, targets, loss and files. The context of the tiny models is 24.</summary>
public class BertQuestionTests
{
    private static readonly ToyTokenizer Tokenizer = new();

    [Fact]
    public void A_short_passage_is_one_window_after_the_question()
    {
        IReadOnlyList<PassageWindow> windows = PassageWindows.Of("ab", "c def g", Tokenizer, contextLength: 24);

        PassageWindow window = windows.Should().ContainSingle().Subject;
        window.Ids.Should().Equal([2, .. Tokenizer.Encode("ab"), 3, .. Tokenizer.Encode("c def g"), 3]);
        window.PassageStart.Should().Be(4);
        window.Characters.Should().Equal((0, 1), (2, 5), (2, 5), (2, 5), (6, 7));
        window.Locate(new AnswerSpan(2, "def")).Should().Be((5, 7));
        window.Locate(new AnswerSpan(3, "e")).Should().Be((5, 7), "a span within a word takes the whole word");
        window.Locate(new AnswerSpan(0, "c def g")).Should().Be((4, 8));
    }

    [Fact]
    public void A_long_passage_is_divided_into_windows_that_share_half_of_their_tokens()
    {
        string passage = string.Join(' ', Enumerable.Range(0, 45).Select(i => (char)('a' + i % 26)));

        IReadOnlyList<PassageWindow> windows = PassageWindows.Of("xy", passage, Tokenizer, contextLength: 24);

        // 24 tokens less 3 special ones and 2 of the question.
        windows.Select(window => window.Characters.Count).Should().Equal(19, 19, 19, 15);
        windows.Select(window => window.Characters[0].Start).Should().Equal(0, 20, 40, 60);
        windows[^1].Characters[^1].Should().Be((88, 89));
        windows.Should().OnlyContain(window => window.Ids.Count <= 24);
        var answer = new AnswerSpan(36, passage.Substring(36, 3));
        windows[0].Locate(answer).Should().BeNull("its second word is in the next window");
        windows[1].Locate(answer).Should().Be((4 + 8, 4 + 9));
    }

    [Fact]
    public void A_passage_without_words_is_refused() =>
        FluentActions.Invoking(() => PassageWindows.Of("a", " ", Tokenizer, 24)).Should().Throw<DataException>()
            .WithMessage("A passage is empty. It must contain at least one word.");

    [Fact]
    public void The_target_is_the_answer_or_the_first_token()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Questioner();
        string longer = string.Join(' ', Enumerable.Range(0, 45).Select(i => (char)('a' + i % 26)));
        using Batch batch = model.Collate(
            [
                new QuestionAnswerExample("ab", "c def g", [new AnswerSpan(2, "def")]), new QuestionAnswerExample("ab", "c", []),
                new QuestionAnswerExample("ab", longer, [new AnswerSpan(80, longer[80..83])]),
            ],
            Models.Context(training: false));

        Models.Values(batch["start_positions"]).Should().Equal(5, 0, 14);
        Models.Values(batch["end_positions"]).Should().Equal(7, 0, 15);
        batch.Targets.Should().Be(3);
        Models.Values(batch["token_type_ids"][0]).Should().Equal([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, .. Enumerable.Repeat(0L, 10)]);
        Models.Values(batch["attention_mask"].sum(1L)).Should().Equal(10, 6, 20);
    }

    [Fact]
    public void Training_draws_one_of_the_windows()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Questioner();
        string longer = string.Join(' ', Enumerable.Range(0, 45).Select(i => (char)('a' + i % 26)));
        var example = new QuestionAnswerExample("xy", longer, [new AnswerSpan(0, "a")]);

        long[] starts = [.. Enumerable.Range(0, 40).Select(seed =>
        {
            using Batch batch = model.Collate([example], Models.Context(seed: (ulong)seed));
            return Models.Values(batch["start_positions"])[0];
        })];

        // Only the first of four windows contains the answer.
        starts.Should().Contain(4).And.Contain(0).And.OnlyContain(start => start == 4 || start == 0);
        starts.Count(start => start == 0).Should().BeGreaterThan(20);
    }

    [Fact]
    public void The_loss_is_the_mean_of_the_cross_entropies_of_first_and_last_token()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Questioner();
        using Batch batch = Two(model);
        Tensor logits = model.SpanLogits(batch);
        logits.shape.Should().Equal(2, batch["input_ids"].size(1), 2);
        Tensor starts = torch.nn.functional.cross_entropy(logits.select(2, 0), batch["start_positions"]);
        Tensor ends = torch.nn.functional.cross_entropy(logits.select(2, 1), batch["end_positions"]);

        Goldens.Difference(model.Loss(batch), (starts + ends) / 2).Should().BeLessThan(1e-6);
        IReadOnlyDictionary<string, Tensor> outputs = model.Outputs(
            batch.Names.ToDictionary(name => name, name => batch[name]),
            new HashSet<string> { "start_logits", "end_logits", "loss", "last_hidden_state" });
        Goldens.Difference(outputs["start_logits"], logits.select(2, 0)).Should().Be(0);
        Goldens.Difference(outputs["end_logits"], logits.select(2, 1)).Should().Be(0);
        Goldens.Difference(outputs["loss"], (starts + ends) / 2).Should().BeLessThan(1e-6);
        Goldens.Difference(
            outputs["last_hidden_state"].matmul(model.get_parameter("qa_outputs.weight")!.t()) + model.get_parameter("qa_outputs.bias")!,
            logits).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Names_and_configuration_are_those_of_transformers()
    {
        using BertModel model = Questioner();
        var architecture = new BertArchitecture();
        ModelConfiguration described = architecture.Describe(Models.Resolve(new BertOptions { Head = "question-answering" }));

        model.state_dict().Keys.Where(name => !name.StartsWith("bert.", StringComparison.Ordinal)).Should()
            .BeEquivalentTo("qa_outputs.weight", "qa_outputs.bias");
        model.state_dict().Keys.Should().NotContain(name => name.StartsWith("bert.pooler", StringComparison.Ordinal));
        described["config.json"]["architectures"]!.AsArray().Select(name => name!.GetValue<string>()).Should()
            .Equal("BertForQuestionAnswering");
        architecture.Read(described).Head.Should().Be("question-answering");
        architecture.Read(new ModelConfiguration(new JsonObject { ["architectures"] = new JsonArray("BertForQuestionAnswering") }))
            .Head.Should().Be("question-answering");
    }

    [Fact]
    public void Data_with_questions_gets_the_head_unless_the_recipe_names_one()
    {
        var facts = new ModelFacts(57, Tokenizer.Special, new DataFacts { HasQuestions = true }) { SetOptions = new HashSet<string>() };

        new BertArchitecture().Resolve(Models.Resolve(new BertOptions { Head = "masked-lm" }), facts).Head.Should()
            .Be("question-answering", "the folder's head is not the recipe's");
        new BertArchitecture().Resolve(new BertOptions { Head = "masked-lm" }, facts with { SetOptions = null }).Head.Should()
            .Be("masked-lm");
    }

    [Fact]
    public void Learns_where_answers_are()
    {
        using BertModel model = Models.Tiny(options => options with
        {
            Head = "question-answering",
            InitializerRange = 0.05,
            Dropout = 0,
            AttentionDropout = 0,
        });
        // The answer is the word after the word of the question.
        QuestionAnswerExample[] examples = [.. Enumerable.Range(0, 16).Select(i =>
        {
            char asked = (char)('a' + i % 4);
            string passage = i < 8 ? $"{asked} x e f" : $"e f {asked} x";
            return new QuestionAnswerExample($"{asked}", passage, [new AnswerSpan(passage.IndexOf('x', StringComparison.Ordinal), "x")]);
        })];
        model.train();
        using var optimizer = torch.optim.Adam(model.parameters(), lr: 5e-3);
        for (int step = 0; step < 60; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = model.Collate(examples, Models.Context(seed: (ulong)step));
            optimizer.zero_grad();
            model.Loss(batch).backward();
            optimizer.step();
        }

        using DisposeScope end = torch.NewDisposeScope();
        model.eval();
        using Batch asking = model.Collate(examples, Models.Context(training: false));
        Models.Values(model.SpanLogits(asking).select(2, 0).argmax(-1)).Should().Equal(Models.Values(asking["start_positions"]));
    }

    [Fact]
    public void Other_examples_are_refused()
    {
        using BertModel questioner = Questioner();
        using BertModel masked = Models.Tiny(options => options with { Head = "masked-lm" });

        FluentActions.Invoking(() => questioner.Collate([new LabelledTextExample("ab", 0)], Models.Context())).Should()
            .Throw<DataException>().WithMessage("The examples are not questions about passages*");
        FluentActions.Invoking(() => questioner.Collate([new TokenBlock(new[] { 5, 6, 7 })], Models.Context())).Should()
            .Throw<DataException>().WithMessage("Packed text has no questions, but the head 'question-answering' learns from questions.*");
        FluentActions.Invoking(() => masked.Collate([new QuestionAnswerExample("a", "b", [])], Models.Context())).Should()
            .Throw<DataException>().WithMessage("The examples are questions about passages, but the head is 'masked-lm'.*");
    }

    [Fact]
    public void No_tensor_stays_alive()
    {
        using BertModel model = Questioner();
        Use();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Use();

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = Two(model);
            model.Loss(batch).backward();
            foreach (Parameter parameter in model.parameters())
                parameter.grad = null;
            using Batch windows = model.CollateWindows(model.Windows("ab", "c d", Tokenizer), Tokenizer);
            model.SpanLogits(windows);
        }
    }

    private static BertModel Questioner() => Models.Tiny(options => options with { Head = "question-answering" });

    private static Batch Two(BertModel model) => model.Collate(
        [new QuestionAnswerExample("ab", "c def g", [new AnswerSpan(2, "def")]), new QuestionAnswerExample("b", "c", [])],
        Models.Context());
}
