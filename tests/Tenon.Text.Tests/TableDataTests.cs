using Tenon.Text.Tables;

namespace Tenon.Text.Tests;

public sealed class TableDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.csv", "id,label,text\n1,pos,\"so, \"\"good\"\"\nindeed\"\n2,neg,bad\n", "so, \"good\"\nindeed")]
    [InlineData("a.tsv", "text\tlabel\nso \"good\"\tpos\nbad\tneg\n", "so \"good\"")]
    [InlineData("a.jsonl", "{\"text\": \"so good\", \"label\": \"pos\"}\n\n{\"text\": \"bad\", \"label\": \"neg\"}", "so good")]
    public void Reads_texts_with_sorted_labels(string name, string content, string first)
    {
        _folder.Write(name, content);
        using IDataset<LabelledTextExample> dataset = Open(new LabelledTextOptions { Files = [name] });
        dataset.Facts.Labels.Should().Equal("neg", "pos");
        dataset.Train.All().Should().Equal(new LabelledTextExample(first, 1), new LabelledTextExample("bad", 0));
        dataset.Facts.Summary.Should().Be("1 file, 2 rows, 2 labels");
    }

    [Theory]
    [InlineData("text;label\nso, good;pos\nbad;neg\n", null, "so, good")]
    [InlineData("text\tlabel\nso, good\tpos\nbad\tneg\n", null, "so, good")]
    [InlineData("text|label\nso, good|pos\nbad|neg\n", "|", "so, good")]
    [InlineData("text,label\rso good,pos\rbad,neg\r", null, "so good")]
    [InlineData("text,label,\nso good,pos,\nbad,neg,,\n", null, "so good")]
    public void Finds_the_delimiter_and_line_ends_of_a_table(string content, string? delimiter, string first)
    {
        _folder.Write("a.csv", content);
        using IDataset<LabelledTextExample> dataset = Open(new LabelledTextOptions { Files = ["a.csv"], Delimiter = delimiter });
        dataset.Train.All().Should().Equal(new LabelledTextExample(first, 1), new LabelledTextExample("bad", 0));
    }

    [Fact]
    public void Sorts_numbers_as_numbers_and_reads_columns_by_number()
    {
        _folder.WriteCompressed("a.tsv.gz", "ten\t10\ntwo\t2\n");
        using IDataset<LabelledTextExample> dataset =
            Open(new LabelledTextOptions { Files = ["a.tsv.gz"], Header = false, Text = "1", Label = "2" });
        dataset.Facts.Labels.Should().Equal("2", "10");
        dataset.Train[0].Should().Be(new LabelledTextExample("ten", 1));
    }

    [Fact]
    public void Includes_labels_that_only_validation_has()
    {
        _folder.Write("a.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 0}");
        _folder.Write("b.jsonl", "{\"text\": \"c\", \"label\": 2}");
        using IDataset<LabelledTextExample> dataset = Open(new LabelledTextOptions { Files = ["a.jsonl"], Validation = ["b.jsonl"] });
        dataset.Facts.Labels.Should().Equal("0", "1", "2");
        dataset.Validation!.All().Should().Equal(new LabelledTextExample("c", 2));
    }

    [Fact]
    public void Reads_pairs_with_and_without_a_label()
    {
        _folder.Write("a.csv", "first,second,label\none,eins,yes\n");
        using (IDataset<TextPairExample> dataset = Open(new TextPairsOptions { Files = ["a.csv"] }))
            dataset.Train.All().Should().Equal(new TextPairExample("one", "eins"));
        using (IDataset<TextPairExample> dataset = Open(new TextPairsOptions { Files = ["a.csv"], Label = "label" }))
            dataset.Train.All().Should().Equal(new TextPairExample("one", "eins", 0));
    }

    [Theory]
    [InlineData("a.tsv", "body\tlabel\nx\ty\n", "{0}:1: there is no column 'text'. The first row has: body, label. Use one of these " +
        "columns; if the first row is already data, set 'header' to false.")]
    [InlineData("a.tsv", "text\tlabel\nx\n", "{0}:2: the row has 1 column; 'label' is column 2. Add the cell or remove the row.")]
    [InlineData("a.tsv", "text\tlabel\nx\t\n", "{0}:2: the label is empty. Fill it in or remove the row.")]
    [InlineData("a.tsv", "text\tlabel\n", "'{0}' has no rows (11 bytes). Remove it, or add rows to it.")]
    [InlineData("a.csv", "text,label\nfine,y\nslow, noisy,n\n",
        "{0}:3: the row has 3 cells, but the first row has 2. Quote a cell that contains ',', or remove the extra cells.")]
    [InlineData("a.csv", "text,label\nfine,y\n\"open,n\nmore,y\nlast,n\n", "{0}:3: a quote is opened in this row and never closed. " +
        "Close it, or double it if it belongs to the text. The row cannot be skipped, because lines 3 to 5 would be skipped with it.")]
    [InlineData("a.csv", "text,label\nfine,y\n\"two\nlines\",\"open\nmore,y\n", "{0}:4: a quote is opened in this row and never closed. " +
        "Close it, or double it if it belongs to the text. The row cannot be skipped, because lines 3 to 5 would be skipped with it.")]
    [InlineData("a.csv", "text,label\r\rfine,y\r\"open,n\rmore,y\r", "{0}:4: a quote is opened in this row and never closed. Close it, " +
        "or double it if it belongs to the text. The row cannot be skipped, because lines 4 to 5 would be skipped with it.")]
    [InlineData("a.csv", "text,label\n\"open,n\nmore,y\n\"quoted\",n\n", "{0}:2: the quote opened here is closed in line 4, but the " +
        "cell continues after it. Close it where the cell ends, and double any quote that belongs to the text. The row cannot be " +
        "skipped, because lines 2 to 4 would be skipped with it.")]
    [InlineData("a.csv", "text,label\n\"open,n\nmore,y\nlast\"\nnext,n\n", "{0}:2: the quote opened here is closed in line 4, and the " +
        "row has 1 column; 'label' is column 2. Add the cell or remove the row. The row cannot be skipped, because lines 2 to 4 would " +
        "be skipped with it.")]
    [InlineData("a.csv", "text,label\na \"quote\",y\n",
        "{0}:2: a quote inside an unquoted cell. Quote the cell and double the quote, or use a .tsv file, which has no quoting.")]
    [InlineData("a.jsonl", "{\"text\": \"x\"}", "{0}:1: the line has no field 'label'. It has: text. Use one of its fields.")]
    [InlineData("a.xls", "x",
        "{0}: unknown extension '.xls'. Rename the file to end in .csv, .tsv, .jsonl, .ndjson, optionally followed by .gz.")]
    public void Names_the_row_and_how_to_fix_it(string name, string content, string sentence)
    {
        string file = _folder.Write(name, content);
        FluentActions.Invoking(() => Open(new LabelledTextOptions { Files = [name] })).Should().Throw<DataException>()
            .Which.Message.Should().Be(string.Format(null, sentence, file));
    }

    [Theory]
    [InlineData("a.csv", "text,label\na, pos \nb,neg\nc,pos\n")]
    [InlineData("a.tsv", "text\tlabel\na\tpos\u00a0\nb\tneg\nc\tpos\n")]
    [InlineData("a.jsonl",
        "{\"text\": \"a\", \"label\": \" pos\\n\"}\n{\"text\": \"b\", \"label\": \"neg\"}\n{\"text\": \"c\", \"label\": \"pos\"}\n")]
    public void Labels_are_trimmed(string name, string content)
    {
        _folder.Write(name, content);
        using IDataset<LabelledTextExample> dataset = Open(new LabelledTextOptions { Files = [name] });
        dataset.Facts.Labels.Should().Equal("neg", "pos");
        dataset.Train.All().Select(example => example.Label).Should().Equal(1, 0, 1);
        dataset.Facts.Notes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("Pos|pos|neg", "'Pos' (1), 'pos' (1)")]
    [InlineData("1|1.0|01|2", "'01' (1), '1' (1), '1.0' (1)")]
    [InlineData("very good|very  good|bad", "'very  good' (1), 'very good' (1)")]
    [InlineData("\u00c4 1|\u00e4 1|B|b", "'B' (1), 'b' (1); '\u00c4 1' (1), '\u00e4 1' (1)")]
    public void Labels_that_may_mean_the_same_are_listed(string labels, string listed)
    {
        _folder.Write("a.tsv", "text\tlabel\n" + string.Concat(labels.Split('|').Select(label => $"x\t{label}\n")));
        using IDataset<LabelledTextExample> dataset = Open(new LabelledTextOptions { Files = ["a.tsv"] });
        dataset.Facts.Labels.Should().HaveCount(labels.Split('|').Length);
        dataset.Facts.Notes.Should().Equal(
            $"Labels that differ only in case, spaces or number format are different classes: {listed}. Spell them the same way if they mean the same.");
    }

    [Fact]
    public void A_single_label_is_reported()
    {
        _folder.Write("a.tsv", "text\tlabel\nx\ty\nz\ty\n");
        using IDataset<LabelledTextExample> dataset = Open(new LabelledTextOptions { Files = ["a.tsv"] });
        dataset.Facts.Notes.Should()
            .Equal("All rows have the same label 'y', so there is nothing to learn. Set the right column, or add rows of another class.");
    }

    [Fact]
    public void All_rows_that_cannot_be_used_are_collected_and_the_others_read()
    {
        string table = _folder.Write("a.csv", "text,label\nfine,y\nslow, noisy,n\nshort\nblank,\nstray \"quote\",n\nlast,n\n");
        string lines = _folder.Write("b.jsonl", "{\"text\": \"x\"}\n{\"text\": \"fine\", \"label\": \"n\"}\n{\n");
        var faults = new List<string>();
        using IDataset<LabelledTextExample> dataset = new LabelledTextData(_folder.Cache).Open(
            new LabelledTextOptions { Files = ["a.csv", "b.jsonl"] },
            _folder.Context with { OnRejected = fault => faults.Add(fault.Message) });
        faults.Select(fault => fault.Split(": ")[0]).Should()
            .BeEquivalentTo($"{table}:3", $"{table}:4", $"{table}:5", $"{table}:6", $"{lines}:1", $"{lines}:3");
        dataset.Train.All().Select(example => example.Text).Should().Equal("fine", "last", "fine");
        dataset.Train.Origin(1).Should().Be($"{table}:7");
        dataset.Train.Origin(2).Should().Be($"{lines}:2");
    }

    [Theory]
    [InlineData("text,label\nfine,y\n\"open,n\nmore,y\nlast,n\n", 3)]
    [InlineData("text,label\nfine,y\n\"open,n\nmore,y\n\"quoted\",n\nlast,n\n", 3)]
    [InlineData("text,label\nfine,y\n\"open,n\nmore,y\nlast\"\nnext,n\n", 3)]
    [InlineData("text,label\nfine,y\n\"two\nlines\",n,\"and\nmore\"\nlast,n\n", 3)]
    public void A_malformed_row_of_several_lines_is_not_skipped_as_one(string content, int line)
    {
        string file = _folder.Write("a.csv", content);
        var faults = new List<string>();
        FluentActions.Invoking(() => new LabelledTextData(_folder.Cache).Open(
                new LabelledTextOptions { Files = ["a.csv"] }, _folder.Context with { OnRejected = fault => faults.Add(fault.Message) }))
            .Should().Throw<DataException>().WithMessage($"{file}:{line}: *The row cannot be skipped, because lines*");
        faults.Should().BeEmpty();
    }

    [Fact]
    public void An_open_quote_in_the_last_row_skips_only_that_row()
    {
        string file = _folder.Write("a.csv", "text,label\nfine,y\n\"open,n\n\n");
        var faults = new List<string>();
        using IDataset<LabelledTextExample> dataset = new LabelledTextData(_folder.Cache).Open(
            new LabelledTextOptions { Files = ["a.csv"] }, _folder.Context with { OnRejected = fault => faults.Add(fault.Message) });
        faults.Should().ContainSingle().Which.Should().StartWith($"{file}:3: a quote is opened");
        dataset.Train.Count.Should().Be(1);
    }

    [Theory]
    [InlineData("good, but slow;1\nbad;0\n", "good, but slow")]
    [InlineData("good, but slow\t1\nfine; really\t0\nbad\t0\n", "good, but slow")]
    [InlineData("\"good; but; slow\",1\nbad,0\n", "good; but; slow")]
    [InlineData("good,1\nbad; really,0\n", "good")]
    [InlineData("good;1\nbad, really;0\nwrong\n", "good")]
    public void Finds_the_delimiter_without_a_header(string content, string first)
    {
        _folder.Write("a.csv", content);
        using IDataset<LabelledTextExample> dataset = new LabelledTextData(_folder.Cache).Open(
            new LabelledTextOptions { Files = ["a.csv"], Header = false, Text = "1", Label = "2" },
            _folder.Context with { OnRejected = _ => { } });
        dataset.Facts.Labels.Should().Equal("0", "1");
        dataset.Train[0].Should().Be(new LabelledTextExample(first, 1));
    }

    [Fact]
    public void The_delimiter_gives_as_many_cells_as_the_columns_need()
    {
        _folder.Write("a.csv", "x, y;a;1\nx, z;b;0\n");
        using IDataset<LabelledTextExample> dataset =
            Open(new LabelledTextOptions { Files = ["a.csv"], Header = false, Text = "2", Label = "3" });
        dataset.Train[0].Should().Be(new LabelledTextExample("a", 1));
    }

    [Fact]
    public void A_file_without_a_usable_row_is_skipped_unless_nothing_remains()
    {
        string wrong = _folder.Write("a.tsv", "text\tlabel\nx\ny\n");
        _folder.Write("b.tsv", "text\tlabel\nx\ty\nz\tn\n");
        string empty = _folder.Write("c.tsv", "text\tlabel\n");
        DataContext context = _folder.Context with { OnRejected = _ => { } };
        using IDataset<LabelledTextExample> dataset = new LabelledTextData(_folder.Cache)
            .Open(new LabelledTextOptions { Files = ["a.tsv", "b.tsv"] }, context);
        dataset.Train.Count.Should().Be(2);
        FluentActions.Invoking(() => new LabelledTextData(_folder.Cache).Open(new LabelledTextOptions { Files = ["a.tsv"] }, context))
            .Should().Throw<DataException>().WithMessage($"None of the rows in '{wrong}' could be used. Correct them, or use other files.");
        FluentActions.Invoking(() => new LabelledTextData(_folder.Cache)
            .Open(new LabelledTextOptions { Files = ["a.tsv", "c.tsv"] }, context))
            .Should().Throw<DataException>().WithMessage($"'{empty}' has no rows*");
    }

    [Fact]
    public void Files_with_the_same_content_are_reported()
    {
        string first = _folder.Write("a.tsv", "text\tlabel\nx\ty\nz\tn\n");
        File.Copy(first, _folder.At("b.tsv"));
        File.Copy(first, _folder.At("val.tsv"));
        using IDataset<LabelledTextExample> dataset =
            Open(new LabelledTextOptions { Files = ["a.tsv", "b.tsv"], Validation = ["val.tsv"] });
        dataset.Facts.Notes.Should().Equal(
            $"Some files have the same content: '{_folder.At("b.tsv")}' and '{first}'; '{_folder.At("val.tsv")}' (validation) and " +
            $"'{first}'. Remove the copies so that no text counts twice.");
    }

    [Fact]
    public void Requires_column_numbers_without_a_header()
    {
        _folder.Write("a.tsv", "x\ty\n");
        FluentActions.Invoking(() => Open(new LabelledTextOptions { Files = ["a.tsv"], Header = false })).Should().Throw<DataException>()
            .WithMessage("'text' is a column name, but 'header' is false. Use column numbers, from 1.");
    }

    private IDataset<LabelledTextExample> Open(LabelledTextOptions options) =>
        new LabelledTextData(_folder.Cache).Open(options, _folder.Context);

    private IDataset<TextPairExample> Open(TextPairsOptions options) => new TextPairsData(_folder.Cache).Open(options, _folder.Context);
}
