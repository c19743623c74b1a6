using Tenon.Text.Shipped;

namespace Tenon.Text.Tests;

public sealed class ShippedDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sentiment_has_five_hundred_sentences_of_each_label()
    {
        using IDataset<LabelledTextExample> dataset = new SentimentData().Open(new SentimentOptions(), _folder.Context);
        dataset.Facts.Labels.Should().Equal("negative", "positive");
        dataset.Train.All().CountBy(example => example.Label).Should().BeEquivalentTo(new Dictionary<int, int> { [0] = 500, [1] = 500 });
        dataset.Train[1].Should().Be(new LabelledTextExample("Good case, Excellent value.", 1));
        dataset.Train.All().Should().OnlyContain(example => example.Text.Length > 0);
    }

    [Fact]
    public void WordNet_has_twelve_classes_of_nearly_one_size()
    {
        using IDataset<LabelledTextExample> dataset = new WordNetClassesData().Open(new WordNetClassesOptions(), _folder.Context);
        dataset.Facts.Labels.Should().HaveCount(12).And.StartWith("act").And.EndWith("time");
        dataset.Train.Count.Should().Be(9496);
        dataset.Train.All().CountBy(example => example.Label).Should().OnlyContain(entry => entry.Value >= 772 && entry.Value <= 799);
        dataset.Train[0].Should().Be(new LabelledTextExample("thoroughbred racing: the sport of racing thoroughbred horses", 0));
    }
}
