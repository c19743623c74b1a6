using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public sealed class OpenedDataTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gives_a_tokenizer_the_training_texts_alone()
    {
        using OpenedData opened = _folder.Open(Texts(100));
        opened.ExampleType.Should().Be<TextExample>();
        (opened.TrainCount, opened.ValidationCount).Should().Be((75, 25));
        opened.TrainingTexts.Should().HaveCount(75);
        using RunData data = opened.For(null, DataFolder.Batches(2));
        IExamples<TextExample> validation = data.Examples<TextExample>(Split.Validation)!;
        opened.TrainingTexts.Should().NotContain(ExampleTexts.Of(validation));
        opened.Facts.Summary.Should().Be("a list; 25 of 100 examples held out");
    }

    [Fact]
    public void Leaves_the_datas_own_split_alone()
    {
        using OpenedData opened = _folder.Open(new ListDataset<TextExample>([new("a"), new("b")], [new("c")]));
        (opened.TrainCount, opened.ValidationCount).Should().Be((2, 1));
        opened.Facts.Summary.Should().Be("a list");
    }

    [Fact]
    public void Packs_text_for_a_model_that_learns_from_tokens()
    {
        using OpenedData opened = _folder.Open(Texts(100, "fingerprint"));
        using var model = new TokenModel();
        using RunData data = opened.For(model, DataFolder.Batches(3, new ByteTokenizer()));
        using Batch batch = data.Batches(Split.Train).Get(0);
        batch[BatchNames.InputIds].shape.Should().Equal(3, 9);
        IExamples<TokenBlock> blocks = data.Examples<TokenBlock>(Split.Train)!;
        blocks[0].Ids.Length.Should().Be(9);
        data.Batches(Split.Validation).BatchesPerEpoch.Should().Be((data.Examples<TokenBlock>(Split.Validation)!.Count + 2) / 3);
        data.Examples<LabelledTextExample>(Split.Train).Should().BeNull();
        _folder.Files("tokens").Should().HaveCount(2, "each split is kept");
    }

    [Fact]
    public void Packs_to_the_length_that_a_given_collate_asks_for()
    {
        using OpenedData opened = _folder.Open(Texts(100));
        using RunData data = opened.For(null, DataFolder.Batches(3, new ByteTokenizer()));
        using var collate = new TokenModel(17);
        using Batch batch = data.Batches<TokenBlock>(Split.Train, collate).Get(0);
        batch[BatchNames.InputIds].shape.Should().Equal(3, 17);
    }

    [Fact]
    public void Says_which_examples_a_model_learns_from()
    {
        using OpenedData opened = _folder.Open(new ListDataset<LabelledTextExample>([new("a", 0), new("b", 1)]));
        string sentence = "The data 'a-list' yields LabelledTextExample, but TokenModel learns from TextExample. Use data of that type, " +
            "another model, or a strategy that creates its own batches.";
        opened.UnsupportedReason(new TokenModel()).Should().Be(sentence);
        using var model = new TokenModel();
        using RunData data = opened.For(model, DataFolder.Batches(1, new ByteTokenizer()));
        data.Invoking(d => d.Batches(Split.Train)).Should().Throw<InvalidOperationException>().WithMessage(sentence);
        using Batch batch = data.Batches(Split.Train, new LabelCollate()).Get(0);
        batch.Examples.Should().Be(1);
    }

    [Fact]
    public void Accepts_a_model_that_learns_from_the_examples()
    {
        using OpenedData opened = _folder.Open(Texts(3));
        opened.UnsupportedReason(new TokenModel()).Should().BeNull();
    }

    [Fact]
    public void Asks_for_a_tokenizer_and_for_validation_data_where_there_is_none()
    {
        using OpenedData opened = _folder.Open(Texts(100), share: 0);
        using var model = new TokenModel();
        using RunData data = opened.For(model, DataFolder.Batches(1));
        data.HasValidation.Should().BeFalse();
        data.Examples<TextExample>(Split.Validation).Should().BeNull();
        data.Invoking(d => d.Batches(Split.Train)).Should().Throw<InvalidOperationException>().WithMessage(
            "The data 'a-list' yields text and the model learns from tokens, but the run has no tokenizer. Add the section 'tokenizer' " +
            "to the recipe.");
        data.Invoking(d => d.Batches(Split.Validation)).Should().Throw<InvalidOperationException>().WithMessage(
            "The run has no validation data: validation:share is 0, and the data does not define a split.");
    }

    [Fact]
    public void Disposes_data_that_it_refuses()
    {
        var empty = new ListDataset<TextExample>([]);
        FluentActions.Invoking(() => _folder.Open(empty)).Should().Throw<DataException>()
            .WithMessage("The data 'a-list' has no training examples (a list). Check its path.");
        empty.Disposed.Should().BeTrue();
    }

    private static ListDataset<TextExample> Texts(int count, string? fingerprint = null) =>
        new([.. Enumerable.Range(0, count).Select(i => new TextExample($"This is text number {i}."))], fingerprint: fingerprint);
}
