using Tenon.Host.Data;
using Tenon.Host.Events;
using TorchSharp;

namespace Tenon.Host.Tests.Data;

/// <summary>What is known about data before the first step, and what a policy does with it.</summary>
public sealed class DataCheckTests : IDisposable
{
    private static readonly DataPolicy Stops = new(OnError.Stop, LongPrompts.Stop);
    private static readonly DataPolicy Skips = new(OnError.Skip, LongPrompts.Skip);
    private static readonly Split[] Both = [Split.Train, Split.Validation];

    private readonly DataFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_example_that_cannot_be_read_or_collated_stops_a_run()
    {
        using OpenedData data = Open(["fine", "!broken", "long prompt", "short"], ["!torn"]);
        Action check = () => Check(data, Stops);

        check.Should().Throw<DataException>().Which.Faults.Should().Equal(
            "file:2: it is broken", "file:3: the prompt is too long", "held:1: it is torn");
        check.Should().Throw<DataException>()
            .WithMessage("3 examples cannot be used:\n  file:2: it is broken\n*\nCorrect them, or set data:onError to skip*");
    }

    [Fact]
    public void Examples_that_cannot_be_used_are_left_out_and_counted()
    {
        using OpenedData data = Open(["fine", "!broken", "long prompt", "short"], ["!torn", "good"]);
        DataFindings findings = Check(data, Skips);

        findings.Unusable.Should().HaveCount(3);
        Texts(data, Split.Train).Should().Equal("fine", "short");
        Texts(data, Split.Validation).Should().Equal("good");
        data.Origin(Split.Train, 1).Should().Be("file:4");
        data.Facts.Summary.Should().Be("a list; 3 skipped");
        _warnings.Should().Equal("Skipped 3 of 6 examples that cannot be used. The first: file:2: it is broken");
    }

    [Fact]
    public void Long_prompts_have_a_policy_of_their_own()
    {
        using OpenedData skipped = Open(["fine", "long prompt"], []);
        Check(skipped, Stops with { LongPrompts = LongPrompts.Skip });
        Texts(skipped, Split.Train).Should().Equal("fine");

        using OpenedData truncated = Open(["fine", "long prompt"], []);
        DataFindings findings = Check(truncated, Stops with { LongPrompts = LongPrompts.Truncate });
        Texts(truncated, Split.Train).Should().Equal("fine", "long prompt");
        findings.TruncatedTraining.Should().Be(1);
        findings.Notes().Should().ContainSingle().Which.Should()
            .StartWith("Truncated, because they are longer than the model's context: 1 of 2 training examples.");

        using OpenedData broken = Open(["fine", "!broken", "long prompt"], []);
        FluentActions.Invoking(() => Check(broken, Stops with { LongPrompts = LongPrompts.Skip })).Should().Throw<DataException>()
            .WithMessage("file:2: it is broken");
    }

    [Fact]
    public void A_split_without_usable_examples_is_refused_even_if_they_may_be_left_out()
    {
        using OpenedData data = Open(["fine"], ["!broken", "!torn"]);
        FluentActions.Invoking(() => Check(data, Skips)).Should().Throw<DataException>()
            .WithMessage("None of the 2 validation examples of the data 'a-list' can be used. The first fault: it is broken");
    }

    [Fact]
    public void Many_examples_with_the_same_fault_are_one_sentence()
    {
        using OpenedData data = Open(["fine", .. Enumerable.Repeat("!broken", 5)], []);
        FluentActions.Invoking(() => Check(data, Stops)).Should().Throw<DataException>()
            .WithMessage("file:2: it is broken The same applies to 4 more: file:3, file:4, file:5, file:6.");
    }

    [Fact]
    public void Validation_examples_that_are_also_trained_on_are_reported()
    {
        using OpenedData data = Open(["a", "b", "c"], ["d", "b", "b", "a"]);
        DataFindings findings = Check(data, Stops);

        findings.Shared.Should().Be(3);
        findings.Notes().Should().Equal("3 of 4 validation examples are also in the training data, such as held:2 (as file:2). " +
            "Validation therefore overestimates the model; remove the copies.");
    }

    [Fact]
    public void Data_without_faults_is_read_once()
    {
        var training = new Listed(["a", "b"], "file");
        for (int run = 0; run < 2; run++)
        {
            using OpenedData data = _folder.Open(new Origins(training, new Listed(["b"], "held"), "print"));
            Check(data, Stops).Shared.Should().Be(1);
        }

        training.Reads.Should().Be(2);
        _folder.Files("checks").Should().ContainSingle();
        File.WriteAllText(_folder.Files("checks")[0], "{");
        using OpenedData again = _folder.Open(new Origins(training, new Listed(["b"], "held"), "print"));
        Check(again, Stops).Shared.Should().Be(1);
        training.Reads.Should().Be(4, "a damaged file is not used");
        _warnings.Should().ContainSingle(warning =>
            warning.StartsWith($"'{_folder.Files("checks")[0]}' cannot be read, so the data is checked again: "));
        using OpenedData moved = _folder.Open(new Origins(new Listed(["a", "b"], "moved"), new Listed(["b"], "held"), "print"));
        Check(moved, Stops).FirstShared!.Training.Should().StartWith("moved:", "files are named as they are now");
    }

    [Fact]
    public void Equal_pixels_are_equal_content_whatever_the_label()
    {
        ImagePixels pixels = new(1, 2, 1, new byte[] { 1, 2 });
        ContentHash.Of(new ImageExample(pixels, 1)).Should()
            .Be(ContentHash.Of(new ImageExample(pixels with { Data = new byte[] { 1, 2 } }, 0)));
        ContentHash.Of(new ImageExample(pixels)).Should().NotBe(ContentHash.Of(new ImageExample(pixels with { Height = 2, Width = 1 })));
        ContentHash.Of(new PromptExample("ab", "c")).Should().NotBe(ContentHash.Of(new PromptExample("a", "bc")));
    }

    [Fact]
    public void Training_images_that_are_copies_of_others_are_counted()
    {
        ImageExample[] images = [Image(1, 0), Image(2, 0), Image(1, 0), Image(3, 1), Image(2, 1), Image(1, 0)];
        using OpenedData data = _folder.Open(new Images(images, isLocated: true), share: 0);
        DataFindings findings = new DataCheck(data, null, null, truncatePrompts: false)
            .Run([Split.Train], _ => { }, CancellationToken.None);

        (findings.Copies, findings.CopiesOfAnotherClass).Should().Be((3, 1));
        findings.Notes().Should().Equal(
            "3 of 6 training images are copies of other training images, such as 2.png (as 0.png); 1 of them with another class. They " +
            "count several times; remove the copies.");
        using OpenedData shipped = _folder.Open(new Images(images, isLocated: false), share: 0);
        new DataCheck(shipped, null, null, truncatePrompts: false).Run([Split.Train], _ => { }, CancellationToken.None).Notes().Should()
            .BeEmpty("nobody can remove them");

        static ImageExample Image(byte pixel, int label) => new(new ImagePixels(1, 1, 1, new[] { pixel }), label);
    }

    [Fact]
    public void Labels_take_the_index_that_the_model_has_for_them()
    {
        using OpenedData data = _folder.Open(new Labelled(["neg", "pos"]));
        data.Relabel(["neutral", "pos", "neg"]);

        data.Facts.Labels.Should().Equal("neutral", "pos", "neg");
        IExamples<LabelledTextExample> examples = data.Examples<LabelledTextExample>(Split.Train)!;
        Enumerable.Range(0, 2).Select(i => examples[i].Label).Should().Equal(2, 1);
        using OpenedData other = _folder.Open(new Labelled(["neg", "maybe"]));
        FluentActions.Invoking(() => other.Relabel(["neg", "pos"])).Should().Throw<DataException>()
            .WithMessage("The data has a class that the model does not have: maybe. The model's classes are neg, pos. *");
    }

    private DataFindings Check(OpenedData data, DataPolicy policy)
    {
        var events = new RunEvents(happened => _warnings.AddRange(happened is Warned { Message: var message } ? [message] : []));
        using var model = new PromptModel();
        var checks = new CheckedData(data, policy, events);
        DataFindings findings = checks.Find(model, tokenizer: null, "options", Both, CancellationToken.None);
        checks.Apply(findings);
        return findings;
    }

    private OpenedData Open(string[] train, string[] validation) =>
        _folder.Open(new Origins(new Listed(train, "file"), validation.Length == 0 ? null : new Listed(validation, "held"), null),
            share: 0);

    private static IEnumerable<string> Texts(OpenedData data, Split split)
    {
        IExamples<PromptExample> examples = data.Examples<PromptExample>(split)!;
        for (long i = 0; i < examples.Count; i++)
            yield return examples[i].Prompt;
    }

    // A text that starts with an exclamation mark cannot be read.
    private sealed class Listed(string[] texts, string file) : IExamples<PromptExample>
    {
        private int _reads;

        public int Reads => _reads;

        public long Count => texts.Length;

        public PromptExample this[long index]
        {
            get
            {
                Interlocked.Increment(ref _reads);
                return texts[index].StartsWith('!')
                    ? throw new DataException($"it is {texts[index][1..]}") : new PromptExample(texts[index], "");
            }
        }

        public string? Origin(long index) => $"{file}:{index + 1}";
    }

    private sealed class Origins(Listed train, Listed? validation, string? fingerprint) : IDataset<PromptExample>
    {
        public DataFacts Facts { get; } = new() { Summary = "a list", Fingerprint = fingerprint };

        public IExamples<PromptExample> Train => train;

        public IExamples<PromptExample>? Validation => validation;

        public void Dispose()
        {
        }
    }

    private sealed class Images(ImageExample[] images, bool isLocated) : IDataset<ImageExample>, IExamples<ImageExample>
    {
        public DataFacts Facts { get; } = new() { ImageSize = (1, 1, 1) };

        public IExamples<ImageExample> Train => this;

        public IExamples<ImageExample>? Validation => null;

        public long Count => images.Length;

        public ImageExample this[long index] => images[index];

        public string? Origin(long index) => isLocated ? $"{index}.png" : null;

        public void Dispose()
        {
        }
    }

    private sealed class Labelled(string[] labels) : IDataset<LabelledTextExample>
    {
        public DataFacts Facts { get; } = new() { Labels = labels };

        public IExamples<LabelledTextExample> Train { get; } = new ListExamples<LabelledTextExample>([new("a", 0), new("b", 1)]);

        public IExamples<LabelledTextExample>? Validation { get; } = new ListExamples<LabelledTextExample>([new("c", 0)]);

        public void Dispose()
        {
        }
    }

    // Prompts that start with "long" do not fit.
    private sealed class PromptModel : IModel, ICollate<PromptExample>
    {
        public torch.nn.Module Module => throw new NotSupportedException();

        public Batch Collate(IReadOnlyList<PromptExample> examples, CollateContext context)
        {
            int tooLong = examples.Count(example => example.Prompt.StartsWith("long", StringComparison.Ordinal));
            return tooLong > 0 && !context.TruncatePrompts
                ? throw new DataException("the prompt is too long") : new Batch([], examples.Count, 0) { Truncated = tooLong };
        }

        public torch.Tensor Loss(Batch batch) => throw new NotSupportedException();

        public IReadOnlyDictionary<string, torch.Tensor> Outputs(IReadOnlyDictionary<string, torch.Tensor> inputs,
            IReadOnlySet<string> requested) =>
            throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
