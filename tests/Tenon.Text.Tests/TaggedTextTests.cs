using Tenon.Text.Tagged;

namespace Tenon.Text.Tests;

public sealed class TaggedTextTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.conll", "Ada\tB-person\nwrote\tO\n\n\nin\tO\nLondon\tB-place\n")]
    [InlineData("a.txt",
        "-DOCSTART- -X- -X- O\n\nAda NNP B-NP B-person\r\nwrote VBD B-VP O\r\n\r\nin IN B-PP O\r\nLondon NNP B-NP B-place")]
    [InlineData("a.jsonl", "{\"tokens\": [\"Ada\", \"wrote\"], \"tags\": [\"B-person\", \"O\"]}\n\n{\"tokens\": [\"in\", \"London\"], " +
        "\"tags\": [\"O\", \"B-place\"]}\n")]
    public void Reads_sentences_with_a_tag_for_each_word(string name, string content)
    {
        _folder.Write(name, content);
        using IDataset<TokenLabelledExample> dataset = Open(new TaggedTextOptions { Files = [name] });

        dataset.Facts.Labels.Should().Equal("B-person", "B-place", "O");
        dataset.Facts.LabelsWords.Should().BeTrue();
        dataset.Facts.Summary.Should().Be("1 file, 2 sentences, 3 tags");
        dataset.Train.Count.Should().Be(2);
        dataset.Train[0].Words.Should().Equal("Ada", "wrote");
        dataset.Train[0].Tags.Should().Equal(0, 2);
        dataset.Train[1].Words.Should().Equal("in", "London");
        dataset.Train[1].Tags.Should().Equal(2, 1);
    }

    [Fact]
    public void Reads_the_named_column_and_fields()
    {
        _folder.Write("a.conll", "Ada NNP B-person\nwrote VBD O\n");
        _folder.WriteCompressed("b.ndjson.gz",
            "{\"row\": {\"words\": [\"x\", \"y\"], \"ner\": [0, 10]}}\n{\"row\": {\"words\": [\"z\"], \"ner\": [9]}}\n");
        using (IDataset<TokenLabelledExample> dataset = Open(new TaggedTextOptions { Files = ["a.conll"], Column = 2 }))
            dataset.Facts.Labels.Should().Equal("NNP", "VBD");
        using (IDataset<TokenLabelledExample> dataset =
            Open(new TaggedTextOptions { Files = ["b.ndjson.gz"], Words = "row.words", Tags = "row.ner" }))
            dataset.Facts.Labels.Should().Equal("0", "9", "10");
    }

    [Fact]
    public void Includes_tags_that_only_validation_has()
    {
        _folder.Write("a.conll", "a\tO\nb\tX\n");
        _folder.Write("b.conll", "c\tY\n");
        using IDataset<TokenLabelledExample> dataset = Open(new TaggedTextOptions { Files = ["a.conll"], Validation = ["b.conll"] });

        dataset.Facts.Labels.Should().Equal("O", "X", "Y");
        dataset.Validation![0].Tags.Should().Equal(2);
    }

    [Theory]
    [InlineData("a.conll", "", "'{0}' has no sentences (0 bytes). Remove it, or add sentences to it.")]
    [InlineData("a.conll", "a\tO\nb\n", "{0}:2: the line has 1 column; a word and its tag are required. Write each word on its own " +
        "line, followed by a tab and its tag, with an empty line between sentences.")]
    [InlineData("a.jsonl", "{\"tokens\": [\"a\"], \"tags\": []}",
        "{0}:1: there are 1 words in 'tokens' but 0 tags in 'tags'. Each word needs one tag.")]
    [InlineData("a.jsonl", "{\"tokens\": [\" \"], \"tags\": [1]}", "{0}:1: a word or a tag is empty. Remove the word and its tag.")]
    [InlineData("a.jsonl", "{\"tokens\": \"a\", \"tags\": [1]}", "{0}:1: the field 'tokens' is a string; it must be a list.")]
    [InlineData("a.jsonl", "{\"tokens\": [1], \"tags\": [1]}", "{0}:1: an item of the field 'tokens' is a number; it must be a string.")]
    [InlineData("a.csv", "a", "{0}: unknown extension '.csv'. Rename the file to end in .conll, .iob, .bio, .tsv, .txt, .jsonl, " +
        ".ndjson, optionally followed by .gz.")]
    public void Names_the_line_and_how_to_fix_it(string name, string content, string sentence)
    {
        string file = _folder.Write(name, content);
        FluentActions.Invoking(() => Open(new TaggedTextOptions { Files = [name] })).Should().Throw<DataException>()
            .Which.Message.Should().Be(string.Format(null, sentence, file));
    }

    [Fact]
    public void Sentences_with_a_malformed_line_are_collected_and_the_others_read()
    {
        string file = _folder.Write("a.conll", "a\tO\nb\n\nc\tX\nd\tO\n\ne\n");
        string lines = _folder.Write("b.jsonl", "{\"tokens\": [\"a\"], \"tags\": []}\n{\"tokens\": [\"a\"], \"tags\": [\" X \"]}\n");
        var faults = new List<string>();
        using IDataset<TokenLabelledExample> dataset = new TaggedTextData(_folder.Cache).Open(
            new TaggedTextOptions { Files = ["a.conll", "b.jsonl"] },
            _folder.Context with { OnRejected = fault => faults.Add(fault.Message) });
        faults.Select(fault => fault.Split(": ")[0]).Should().Equal($"{file}:2", $"{file}:7", $"{lines}:1");
        dataset.Facts.Labels.Should().Equal("O", "X");
        dataset.Train.All().Select(example => string.Join(' ', example.Words)).Should().Equal("c d", "a");
        dataset.Train.Origin(0).Should().Be($"{file}:4");
    }

    [Fact]
    public void A_file_without_a_usable_sentence_is_skipped_unless_nothing_remains()
    {
        string wrong = _folder.Write("a.conll", "a\tO\nb\n");
        _folder.Write("b.conll", "c\tX\nd\tO\n");
        DataContext context = _folder.Context with { OnRejected = _ => { } };
        using IDataset<TokenLabelledExample> dataset = new TaggedTextData(_folder.Cache)
            .Open(new TaggedTextOptions { Files = ["a.conll", "b.conll"] }, context);
        dataset.Train.Count.Should().Be(1);
        FluentActions.Invoking(() => new TaggedTextData(_folder.Cache).Open(new TaggedTextOptions { Files = ["a.conll"] }, context))
            .Should().Throw<DataException>()
                .WithMessage($"None of the sentences in '{wrong}' could be used. Correct them, or use other files.");
    }

    private IDataset<TokenLabelledExample> Open(TaggedTextOptions options) =>
        new TaggedTextData(_folder.Cache).Open(options, _folder.Context);
}
