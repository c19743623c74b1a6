using System.Text;
using Tenon.Text.Files;

namespace Tenon.Text.Tests;

public sealed class TextFilesDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DocumentUnit.File, new[] { "one\ntwo\n\n \n\nthree\nfour" })]
    [InlineData(DocumentUnit.Paragraph, new[] { "one\ntwo", "three\nfour" })]
    [InlineData(DocumentUnit.Line, new[] { "one", "two", "three", "four" })]
    public void Cuts_a_file_into_documents(DocumentUnit unit, string[] expected)
    {
        _folder.Write("a.txt", "\uFEFF\r\none\r\ntwo\r\n\r\n \r\n\r\nthree\nfour\n\n");
        Texts(new TextFilesOptions { Files = ["a.txt"], Documents = unit }).Should().Equal(expected);
    }

    [Theory]
    [InlineData("one\rtwo\rthree")]
    [InlineData("one\r\ntwo\rthree\n")]
    [InlineData("one\r\n\r\ntwo\r\rthree\r\n")]
    public void A_carriage_return_alone_ends_a_line(string content)
    {
        _folder.Write("a.txt", content);
        Texts(new TextFilesOptions { Files = ["a.txt"], Documents = DocumentUnit.Line }).Should().Equal("one", "two", "three");
    }

    [Fact]
    public void A_carriage_return_at_the_end_of_a_read_buffer_and_its_line_feed_are_one_line_end()
    {
        string[] lines = [.. Enumerable.Range(0, 400_000).Select(i => new string('x', 1 + i % 5))];
        _folder.Write("a.txt", string.Join("\r\n", lines));
        Texts(new TextFilesOptions { Files = ["a.txt"], Documents = DocumentUnit.Line }).Should().Equal(lines);
    }

    [Fact]
    public void Form_feeds_and_unicode_line_separators_stay_as_they_are()
    {
        const string Text = "a\fb\u0085c\u2028d\u2029e\vf";
        _folder.Write("a.txt", Text);
        Texts(new TextFilesOptions { Files = ["a.txt"] }).Should().Equal(Text);
    }

    [Fact]
    public void Skips_hidden_files_and_folders()
    {
        _folder.Write("books/a.txt", "text");
        _folder.Write("books/.ipynb_checkpoints/a-checkpoint.txt", "text");
        _folder.Write("books/._a.txt", [0, 5, 22, 7, 255]);
        Texts(new TextFilesOptions { Files = ["books"] }).Should().Equal("text");
        Texts(new TextFilesOptions { Files = ["books/**/*.txt"] }).Should().Equal("text");
        Texts(new TextFilesOptions { Files = ["books/.ipynb_checkpoints/*.txt"] }).Should().Equal("text");
    }

    [Fact]
    public void Reads_a_linked_file_once()
    {
        _folder.Write("books/a.txt", "text");
        File.CreateSymbolicLink(_folder.At("books/b.txt"), "a.txt");
        Directory.CreateSymbolicLink(_folder.At("books/again"), "../books");
        Texts(new TextFilesOptions { Files = ["books"] }).Should().Equal("text");
    }

    [Fact]
    public void Reads_folders_and_patterns_in_ordinal_order_and_each_file_once()
    {
        _folder.Write("books/b.md", "second");
        _folder.Write("books/a/z.txt", "first");
        _folder.Write("books/picture.png", [1, 2, 3]);
        _folder.Write("logs/x.log", "a log");
        _folder.WriteCompressed("books/c.txt.gz", "compressed");
        Texts(new TextFilesOptions { Files = ["logs/*.log", "books", "books/**/*.txt"] }).Should()
            .Equal("a log", "first", "second", "compressed");
    }

    [Fact]
    public void Reads_the_named_field_of_json_lines()
    {
        _folder.Write("a.jsonl", """
            {"id": 1, "message": {"content": "Grüße\n\"quoted\""}}

            {"id": 2, "message": {"content": "zwei"}}
            """);
        Texts(new TextFilesOptions { Files = ["a.jsonl"], Field = "message.content" }).Should().Equal("Grüße\n\"quoted\"", "zwei");
    }

    [Fact]
    public void Inflates_a_compressed_file_once()
    {
        _folder.WriteCompressed("a.jsonl.gz", "{\"text\": \"one\"}\n{\"text\": \"two\"}\n");
        var options = new TextFilesOptions { Files = ["a.jsonl.gz"] };
        Texts(options).Should().Equal("one", "two");
        Texts(options).Should().Equal("one", "two");
        _folder.Status.Should().Equal("decompressing a.jsonl.gz");
    }

    [Fact]
    public void Gives_equal_texts_to_many_threads()
    {
        string[] lines = [.. Enumerable.Range(0, 5000).Select(i => $"line {i} {new string('x', i % 97)}")];
        _folder.Write("a.txt", string.Join('\n', lines));
        using IDataset<TextExample> dataset = Open(new TextFilesOptions { Files = ["a.txt"], Documents = DocumentUnit.Line });
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            int at = i * 7919 % lines.Length;
            if (dataset.Train[at].Text != lines[at])
                throw new InvalidOperationException($"line {at}: {dataset.Train[at].Text}");
        });
    }

    [Fact]
    public void Finds_lines_across_the_ends_of_its_buffer()
    {
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + i % 26), 100_003 + i))];
        _folder.Write("a.txt", string.Join('\n', lines) + "\n" + new string('é', 2_000_000));
        Texts(new TextFilesOptions { Files = ["a.txt"], Documents = DocumentUnit.Line }).Should()
            .Equal([.. lines, new string('é', 2_000_000)]);
    }

    [Fact]
    public void Stores_locations_but_no_text()
    {
        string line = new string('x', 9_999) + "\n";
        string file = _folder.At("large.txt");
        using (var writer = new StreamWriter(file, append: false, new UTF8Encoding(false)))
        {
            for (int i = 0; i < 20_000; i++)
                writer.Write(line);
        }

        new FileInfo(file).Length.Should().Be(200_000_000);
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        using IDataset<TextExample> dataset = Open(new TextFilesOptions { Files = ["large.txt"], Documents = DocumentUnit.Line });
        long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        dataset.Train.Count.Should().Be(20_000);
        allocated.Should().BeLessThan(3_000_000, "a buffer of 1 MiB and 12 bytes a document are held, not 200 MB");
        dataset.Train[19_999].Text.Should().Be(line.TrimEnd('\n'));
    }

    [Fact]
    public void Changes_its_fingerprint_with_files_and_options()
    {
        string file = _folder.Write("a.txt", "one\ntwo");
        string first = Fingerprint(new TextFilesOptions { Files = ["a.txt"] });
        Fingerprint(new TextFilesOptions { Files = ["a.txt"] }).Should().Be(first);
        Fingerprint(new TextFilesOptions { Files = ["a.txt"], Documents = DocumentUnit.Line }).Should().NotBe(first);
        _folder.Write("moved/b.txt", "one\ntwo");
        Fingerprint(new TextFilesOptions { Files = ["moved/b.txt"] }).Should().Be(first);

        DateTime time = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, "one\nsix");
        File.SetLastWriteTimeUtc(file, time);
        Fingerprint(new TextFilesOptions { Files = ["a.txt"] }).Should().NotBe(first, "size and time are the same");
    }

    [Fact]
    public void Validates_on_separate_files()
    {
        _folder.Write("a.txt", "train");
        _folder.Write("b.txt", "held out");
        using IDataset<TextExample> dataset = Open(new TextFilesOptions { Files = ["a.txt"], Validation = ["b.txt"] });
        dataset.Validation!.All().Should().Equal(new TextExample("held out"));
        dataset.Facts.Summary.Should().Be("1 file, 1 document, 5 bytes; for validation 1 file, 1 document, 8 bytes");
    }

    [Fact]
    public void Skips_and_reports_an_empty_file_of_a_folder()
    {
        _folder.Write("books/a.txt", "");
        _folder.Write("books/b.txt", "text");
        Texts(new TextFilesOptions { Files = ["books"] }).Should().Equal("text");
        _folder.Status.Should().Equal("a.txt contains no text and is skipped");
    }

    [Fact]
    public void Reports_a_file_that_changes_while_in_use()
    {
        string file = _folder.Write("a.txt", "one\ntwo");
        using IDataset<TextExample> dataset = Open(new TextFilesOptions { Files = ["a.txt"], Documents = DocumentUnit.Line });
        File.WriteAllText(file, "one");
        dataset.Invoking(d => d.Train[1]).Should().Throw<IOException>().WithMessage(
            $"{file}: the 3 bytes at offset 4 changed since the file was opened. Restart the run, and do not modify the file while it " +
            "runs.");
    }

    private string[] Texts(TextFilesOptions options)
    {
        using IDataset<TextExample> dataset = Open(options);
        return [.. dataset.Train.All().Select(e => e.Text)];
    }

    private string Fingerprint(TextFilesOptions options)
    {
        using IDataset<TextExample> dataset = Open(options);
        return dataset.Facts.Fingerprint!;
    }

    private IDataset<TextExample> Open(TextFilesOptions options) => new TextFilesData(_folder.Cache).Open(options, _folder.Context);
}
