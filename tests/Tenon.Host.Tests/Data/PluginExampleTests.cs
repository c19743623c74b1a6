using Tenon.Host.Data;
using Tenon.Tokenizers;

namespace Tenon.Host.Tests.Data;

/// <summary>A type of example that the contract does not have.</summary>
public sealed class PluginExampleTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed record QuestionExample(string Question, string Answer, int Topic) : Example
    {
        public override IEnumerable<string> Texts => [Question, Answer];

        public override int? ClassLabel => Topic;
    }

    // Of each ten, seven of topic 0, two of topic 1, one of topic 2.
    private static QuestionExample[] Questions(int count) =>
        [.. Enumerable.Range(0, count)
            .Select(i => new QuestionExample($"which capital {i}", "lisbon", i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2))];

    [Fact]
    public void Its_texts_train_a_tokenizer()
    {
        using OpenedData opened = _folder.Open(new ListDataset<QuestionExample>(Questions(20), Questions(1)));

        ITokenizer tokenizer = new BytePairTokenizer().Create(
            new BytePairOptions { VocabularySize = 300 }, new TokenizerContext("", opened.TrainingTexts, _ => { }));

        opened.TrainingTexts.Should().HaveCount(40);
        tokenizer.Encode("which").Should().ContainSingle();
        tokenizer.Encode("lisbon").Should().ContainSingle();
        tokenizer.Encode("zebra").Should().HaveCount(5);
    }

    [Fact]
    public void Its_classes_keep_their_shares()
    {
        using OpenedData opened = _folder.Open(new ListDataset<QuestionExample>(Questions(300), Questions(1)), examples: 30);

        using RunData data = opened.For(null, DataFolder.Batches(2));
        IExamples<QuestionExample> taken = data.Examples<QuestionExample>(Split.Train)!;

        Enumerable.Range(0, (int)taken.Count).Select(i => taken[i].Topic).CountBy(topic => topic)
            .Should().BeEquivalentTo(new Dictionary<int, int> { [0] = 21, [1] = 6, [2] = 3 });
    }
}
