using Tenon.Text.Preferences;
using Tenon.Text.Shipped;

namespace Tenon.Rlhf.Tests;

public sealed class PreferenceDataTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-preferences-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Pairs_are_read_from_json_lines_and_tables()
    {
        Write("pairs.jsonl", """
            {"prompt": "p", "chosen": "good", "rejected": "bad", "by": 1.5}
            {"prompt": "", "chosen": "a", "rejected": "", "by": 0}
            """);
        Write("more.tsv", "prompt\tchosen\trejected\nq\tyes\tno\n");

        Read(new PreferencesOptions { Files = ["pairs.jsonl"], Margin = "by" }).Should().Equal(
            new PreferenceExample("p", "good", "bad", 1.5), new PreferenceExample("", "a", "", 0));
        Read(new PreferencesOptions { Files = ["more.tsv"] }).Should().Equal(new PreferenceExample("q", "yes", "no"));
    }

    [Theory]
    [InlineData("""{"prompt": "p", "chosen": "same", "rejected": "same"}""", null,
        "*pairs.jsonl:1: the preferred and the rejected response are the same*")]
    [InlineData("""{"prompt": "p", "chosen": "a"}""", null, "*pairs.jsonl:1*rejected*")]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": 5}""", "by", "*pairs.jsonl:1*")]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": "b", "by": "much"}""", "by",
        "*pairs.jsonl:1: the margin is 'much', which is not a number.")]
    [InlineData("not json", null, "*pairs.jsonl:1*")]
    [InlineData("", null, "*pairs.jsonl*")]
    public void Bad_input_is_rejected_with_its_location(string content, string? margin, string message)
    {
        Write("pairs.jsonl", content);
        Action read = () => Read(new PreferencesOptions { Files = ["pairs.jsonl"], Margin = margin });
        read.Should().Throw<DataException>().WithMessage(message);
    }

    [Theory]
    [InlineData("""{"prompt": [{"role": "user", "content": "Hi"}], "chosen": [{"role": "assistant", "content": "Hello"}],""" +
        """ "rejected": [{"role": "assistant", "content": "No"}], "by": 2}""")]
    [InlineData("""{"prompt": "Hi", "chosen": [{"role": "assistant", "content": "Hello"}],""" +
        """ "rejected": [{"role": "assistant", "content": "No"}], "by": 2}""")]
    [InlineData("""{"prompt": "Hi", "chosen": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],""" +
        """ "rejected": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No"}], "by": 2}""")]
    public void Conversations_have_the_forms_of_trl(string line)
    {
        Write("chats.jsonl", line);
        PreferenceExample pair = Read(new PreferencesOptions { Files = ["chats.jsonl"], Margin = "by" }).Single();

        pair.Conversation!.Messages.Should().Equal(new ChatMessage("user", "Hi"));
        (pair.Prompt, pair.Chosen, pair.Rejected, pair.Margin).Should().Be(("", "Hello", "No", 2));
        pair.Texts.Should().Equal("Hi", "Hello", "No");
        using IDataset<PreferenceExample> data = new PreferencesData(new CacheFolder(_folder.FullName))
            .Open(new PreferencesOptions { Files = ["chats.jsonl"] }, Context());
        data.Facts.ChatTemplate!.Replaces.Should().BeFalse();
    }

    [Theory]
    [InlineData("""{"chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}]}""",
        "*chats.jsonl:1: there is no message before the responses.*")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "user", "content": "a"}], "rejected": [{"role": "user", "content": "a"}]}""",
        "*chats.jsonl:1: the preferred and the rejected response are the same*")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "a"}],""" +
        """ "rejected": [{"role": "assistant", "content": "b"}]}""",
        "*chats.jsonl:1: 'chosen' has 2 messages after the shared ones; it must have one, the assistant's.")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "assistant", "content": "a"}], "rejected": "b"}""",
        "*chats.jsonl:1: 'rejected' is not a list of messages.*")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "assistant", "content": "a"}]}""",
        "*chats.jsonl:1: the line has no field 'rejected'.*")]
    public void A_bad_conversation_is_rejected_with_its_location(string line, string message)
    {
        Write("chats.jsonl", line);
        FluentActions.Invoking(() => Read(new PreferencesOptions { Files = ["chats.jsonl"] })).Should().Throw<DataException>()
            .WithMessage(message);
    }

    [Fact]
    public void A_template_for_texts_is_refused()
    {
        Write("pairs.jsonl", """{"prompt": "p", "chosen": "a", "rejected": "b"}""");
        FluentActions.Invoking(() => Read(new PreferencesOptions { Files = ["pairs.jsonl"], Template = "chat.jinja" })).Should()
            .Throw<DataException>()
            .WithMessage("'template' is set, but the responses are texts*");
    }

    [Fact]
    public void Sentences_are_split_after_their_first_words()
    {
        Write("lines.txt", "the cat sat  down \none two\nshort\n\n  four words are here\n");
        using IDataset<PromptExample> data = new SentenceStartsData(new CacheFolder(_folder.FullName))
            .Open(new SentenceStartsOptions { Files = ["lines.txt"], Words = 2 }, Context());

        All(data.Train).Should().Equal(
            new PromptExample("the cat", " sat  down"), new PromptExample("  four words", " are here"));
        data.Validation.Should().BeNull("a recipe holds out a share of one's own files");
    }

    [Fact]
    public void The_same_WordNet_sentences_are_held_out_in_every_form()
    {
        var cache = new CacheFolder(_folder.FullName);
        using IDataset<TextExample> read = new WordNetSentencesData().Open(new WordNetSentencesOptions(), Context());
        using IDataset<PromptExample> short3 = new SentenceStartsData(cache).Open(new SentenceStartsOptions(), Context());
        using IDataset<PromptExample> short5 = new SentenceStartsData(cache).Open(new SentenceStartsOptions { Words = 5 }, Context());

        HashSet<string> heldOut = [.. All(read.Validation!).Select(example => example.Text)];
        heldOut.Should().HaveCount(42_346 / 20).And.NotIntersectWith(All(read.Train).Select(example => example.Text));
        foreach (IDataset<PromptExample> starts in new[] { short3, short5 })
        {
            Sentences(starts.Train).Should().HaveCountGreaterThan(20_000).And.NotIntersectWith(heldOut);
            Sentences(starts.Validation!).Should().HaveCountGreaterThan(1_000).And.BeSubsetOf(heldOut);
        }

        static IEnumerable<string> Sentences(IExamples<PromptExample> starts) => All(starts).Select(start => start.Prompt + start.Response);
    }

    [Fact]
    public void A_models_samples_are_ranked_by_the_reward_and_kept()
    {
        var generator = new Counting();
        DataContext context = Context() with { Reward = new Longer(), Models = new OneModel(), Generator = generator };
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "model"));
        var options = new RankedSamplesOptions { From = "model", Prompts = 5 };

        PreferenceExample[] first = Rank();
        PreferenceExample[] again = Rank();

        first.Should().NotBeEmpty().And.OnlyContain(pair => pair.Chosen.Length - pair.Rejected.Length == pair.Margin && pair.Margin > 0);
        again.Should().Equal(first);
        generator.Calls.Should().Be(2);
        string kept = Directory.EnumerateFiles(Path.Combine(_folder.FullName, "ranked-samples")).Should().ContainSingle().Subject;
        File.WriteAllText(kept, File.ReadAllText(kept)[..^4]);
        Rank("cannot be read, so the pairs were sampled again: ").Should().Equal(first);
        Rank().Should().Equal(first);
        generator.Calls.Should().Be(4);
        Action without = () => new RankedSamplesData(new CacheFolder(_folder.FullName)).Open(options, Context());
        without.Should().Throw<DataException>().WithMessage("ranked-samples needs a reward*");
        Action missing = () => new RankedSamplesData(new CacheFolder(_folder.FullName)).Open(options with { From = "none" }, context);
        missing.Should().Throw<DataException>().WithMessage("*the folder '*none' does not exist*");

        PreferenceExample[] Rank(string? note = null)
        {
            using IDataset<PreferenceExample> data = new RankedSamplesData(new CacheFolder(_folder.FullName)).Open(options, context);
            if (note is null)
                data.Facts.Notes.Should().BeEmpty();
            else
                data.Facts.Notes.Should().ContainSingle().Which.Should().Contain(note);
            return [.. All(data.Train)];
        }
    }

    [Fact]
    public void Cancelled_sampling_keeps_nothing()
    {
        using var stop = new CancellationTokenSource();
        var generator = new Counting { OnCall = stop.Cancel };
        DataContext context = Context() with { Reward = new Longer(), Models = new OneModel(), Generator = generator, Stop = stop.Token };
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "model"));
        var data = new RankedSamplesData(new CacheFolder(_folder.FullName));

        Action open = () => data.Open(new RankedSamplesOptions { From = "model", Prompts = 1000 }, context);

        open.Should().Throw<OperationCanceledException>();
        generator.Calls.Should().Be(2, "the second hears the stop of the first");
        Directory.EnumerateFiles(Path.Combine(_folder.FullName, "ranked-samples")).Should().BeEmpty();
    }

    [Fact]
    public void Ranking_can_be_stopped()
    {
        using var stop = new CancellationTokenSource();
        var reward = new Longer { OnCall = stop.Cancel };
        DataContext context = Context() with { Reward = reward, Models = new OneModel(), Generator = new Counting(), Stop = stop.Token };
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "model"));

        Action open = () => new RankedSamplesData(new CacheFolder(_folder.FullName))
            .Open(new RankedSamplesOptions { From = "model", Prompts = 1000 }, context);

        open.Should().Throw<OperationCanceledException>();
        reward.Calls.Should().Be(1);
    }

    private static IEnumerable<TExample> All<TExample>(IExamples<TExample> examples) where TExample : Example =>
        Enumerable.Range(0, (int)examples.Count).Select(i => examples[i]);

    private DataContext Context() => new(_folder.FullName, new SeededRandom(1), _ => { });

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder.FullName, name), content);

    private PreferenceExample[] Read(PreferencesOptions options)
    {
        using IDataset<PreferenceExample> data = new PreferencesData(new CacheFolder(_folder.FullName)).Open(options, Context());
        return [.. All(data.Train)];
    }

    private sealed class Longer : IReward<Outcome>
    {
        public int Calls { get; private set; }

        public Action? OnCall { get; init; }

        public IReadOnlyList<double> Score(IReadOnlyList<Outcome> outcomes)
        {
            Calls++;
            OnCall?.Invoke();
            return [.. outcomes.Cast<TextOutcome>().Select(text => (double)text.Response.Length)];
        }
    }

    private sealed class OneModel : IModelOpener, IOpenedModel
    {
        public IModel Model { get; } = RlhfRun.Policy();

        public ITokenizer Tokenizer => RlhfRun.Tokenizer;

        public IOpenedModel Open(string folder) => this;

        public void Dispose() => Model.Dispose();
    }

    private sealed class Counting : ITextGenerator
    {
        public int Calls { get; private set; }

        public Action? OnCall { get; init; }

        public IReadOnlyList<Continuation> Generate(
            ICausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> prompts, SamplingOptions options, SeededRandom random,
            Action<int, string>? onText = null, CancellationToken stop = default)
        {
            Calls++;
            stop.ThrowIfCancellationRequested();
            OnCall?.Invoke();
            return [.. prompts.Select((_, row) => new Continuation(new string('x', 1 + (int)random.Fork(row).Next(9)), [], "end of text"))];
        }
    }
}
