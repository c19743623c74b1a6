using System.Text;
using Tenon.Cli.Commands.Files;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Tests.Commands.Files;

/// <summary>Inputs from files, and results in files.</summary>
public sealed class FilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-files-").FullName;

    private readonly List<string> _notes = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a.csv", "id,text\n1,\"so, \"\"good\"\"\nindeed\"\n2,bad\n", null, "so, \"good\"\nindeed|bad")]
    [InlineData("a.csv", "id;text\r1;so, good\r2;bad\r", null, "so, good|bad")]
    [InlineData("a.csv", "body\ngood\nbad\n", null, "good|bad")]
    [InlineData("a.tsv", "body\tx\nso \"good\"\t1\nbad\t2\n", "body", "so \"good\"|bad")]
    [InlineData("a.jsonl", "{\"text\": \"good\"}\n\n{\"n\": 1, \"text\": \"bad\"}\n", null, "good|bad")]
    [InlineData("a.ndjson", "{\"n\": 1}\n{\"n\": 2}\n", "n", "1|2")]
    [InlineData("a.jsonl", "\"good\"\n\"bad\"\n", null, "good|bad")]
    [InlineData("a.txt", "good\r\n\r\n bad, \n", null, "good| bad, ")]
    [InlineData("a.txt", "good\rso\fgood\r\nbad", null, "good|so\fgood|bad")]
    [InlineData("a.csv", "id|text\n1|good\n\n2|bad\n", null, "good|bad")]
    [InlineData("prompts", "good\nbad", null, "good|bad")]
    public void Inputs_come_from_tables_lines_of_json_and_text(string name, string content, string? field, string inputs) =>
        Reader(field).Read(Write(name, content)).Should().Equal(inputs.Split('|'));

    [Theory]
    [InlineData("a.csv", "id,body\n1,x\n", "*a.csv:1: there is no column 'text'. The first row has: id, body. Name one with --field.")]
    [InlineData("a.csv", "", "The input '*a.csv' is empty. Write one input per line or row.")]
    [InlineData("a.txt", "\n\n", "The input '*a.txt' is empty. Write one input per line or row.")]
    public void A_file_without_inputs_is_an_error_of_the_command_line(string name, string content, string message) =>
        FluentActions.Invoking(() => Reader().Read(Write(name, content))).Should().Throw<OptionsException>().WithMessage(message);

    [Theory]
    [InlineData("a.csv", "id,text\n1,x,y\n", "*a.csv:2: the row has 3 cells, but the first row has 2. *")]
    [InlineData("a.csv", "id,text\n1\n", "*a.csv:2: the row has 1 column; 'text' is column 2. *")]
    [InlineData("a.csv", "id,text\n0,z\n1,\"x\n2,y\n", "*a.csv:3: a quote is opened in this row and never closed. *")]
    [InlineData("a.jsonl", "{\"text\": \"x\"}\n{\n", "*a.jsonl:2: the line is not valid JSON, at byte *")]
    [InlineData("a.jsonl", "3\n", "*a.jsonl:1: the line is a number; it must be a JSON object with the field 'text'.")]
    [InlineData("a.jsonl", "{\"text\": \"x\"}\n{\"text\": null}\n", "*a.jsonl:2: the field 'text' is null; *")]
    [InlineData("a.jsonl", "{\"body\": 1, \"n\": 2}\n", "*a.jsonl:1: the line has no field 'text'. It has: body, n. *")]
    [InlineData("a.jsonl", "{\"text\": null}\n3\n",
        "2 examples cannot be used:*a.jsonl:1: *a.jsonl:2: *--field names the column or field of the inputs.")]
    [InlineData("a.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "*a.csv is a Git LFS pointer*")]
    [InlineData("a.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "*a.txt is a Git LFS pointer*")]
    public void A_row_that_cannot_be_read_is_named(string name, string content, string message) =>
        FluentActions.Invoking(() => Reader().Read(Write(name, content))).Should().Throw<DataException>().WithMessage(message);

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        string file = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(file, [.. "x\ncaf"u8, 0xE9, (byte)'\n']);
        FluentActions.Invoking(() => Reader().Read(file)).Should().Throw<DataException>()
            .WithMessage("*a.txt:2: byte 0xE9 at offset 5 is not valid UTF-8*");
    }

    [Fact]
    public void Rows_that_a_late_quote_has_swallowed_are_reported()
    {
        Reader().Read(Write("a.csv", "id,text\n1,\"open\n2,more\n3,last\"\n")).Should().ContainSingle();
        _notes.Should().ContainSingle().Which.Should().Contain("a.csv:2: the quote opened here is closed in line 4");
    }

    [Fact]
    public void Results_are_lines_of_json_or_a_table_with_a_column_per_value()
    {
        object[] results =
        [
            new { Input = "so, \"good\"", Labels = new[] { new { Label = "pos", Share = 0.5 }, new { Label = "neg", Share = 0.25 } } },
            new { Input = "ü\n", Labels = new[] { new { Label = "a", Share = 1.0 }, new { Label = "b", Share = 0.0 } } },
        ];
        string lines = Path.Combine(_folder, "a.jsonl"), table = Path.Combine(_folder, "a.csv"), vectors = Path.Combine(_folder, "v.tsv");

        OutputFile.Write(lines, results).Should().Be(2);
        OutputFile.Write(table, results);
        OutputFile.Write(vectors, [new { Input = "x", Vector = new[] { 1f, 2.5f } }]);

        File.ReadAllText(lines).Should().Be(
            "{\"input\":\"so, \\\"good\\\"\",\"labels\":[{\"label\":\"pos\",\"share\":0.5},{\"label\":\"neg\",\"share\":0.25}]}\n"
            + "{\"input\":\"ü\\n\",\"labels\":[{\"label\":\"a\",\"share\":1},{\"label\":\"b\",\"share\":0}]}\n");
        File.ReadAllText(table, Encoding.UTF8).Should()
            .Be("input,label_1,share_1,label_2,share_2\n\"so, \"\"good\"\"\",pos,0.5,neg,0.25\n\"ü\n\",a,1,b,0\n");
        File.ReadAllText(vectors).Should().Be("input\tvector_1\tvector_2\nx\t1\t2.5\n");
    }

    [Fact]
    public void Lists_that_differ_in_length_are_cells_of_a_table_with_one_header()
    {
        string[][] results = [["a"], ["b", "\"ü\""], []];
        string lines = Path.Combine(_folder, "a.jsonl"), table = Path.Combine(_folder, "a.tsv");

        OutputFile.Write(lines, results.Select(words => new { Words = words }), one => new { Words = OutputFile.Cell(one.Words) });
        OutputFile.Write(table, results.Select(words => new { Words = words }), one => new { Words = OutputFile.Cell(one.Words) });

        File.ReadAllText(lines).Should().Be("{\"words\":[\"a\"]}\n{\"words\":[\"b\",\"\\\"ü\\\"\"]}\n{\"words\":[]}\n");
        File.ReadAllText(table).Should().Be("words\n\"[\"\"a\"\"]\"\n\"[\"\"b\"\",\"\"\\\"\"ü\\\"\"\"\"]\"\n[]\n");
        FluentActions.Invoking(() => OutputFile.Write(table, results.Select(words => new { Words = words }))).Should()
            .Throw<InvalidOperationException>()
            .WithMessage("A result has the columns words_1, words_2, but the table has words_1.");
    }

    [Fact]
    public void A_failure_leaves_the_file_as_it_was()
    {
        string file = Write("a.jsonl", "before");
        FluentActions.Invoking(() => OutputFile.Write(file, Failing())).Should().Throw<DataException>();

        File.ReadAllText(file).Should().Be("before");
        Directory.GetFiles(_folder).Should().ContainSingle();
        FluentActions.Invoking(() => OutputFile.Check(Path.Combine(_folder, "a.xlsx"))).Should().Throw<OptionsException>()
            .WithMessage("--output takes a file that ends in .jsonl*");
        FluentActions.Invoking(() => OutputFile.Check(Path.Combine(_folder, "none", "a.csv"))).Should().Throw<OptionsException>()
            .WithMessage("The folder '*none' of --output does not exist*");

        static IEnumerable<object> Failing()
        {
            yield return new { Input = "x" };
            throw new DataException("broken");
        }
    }

    private InputFile Reader(string? field = null) => new(field, "text", _notes.Add);

    private string Write(string name, string content)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, content);
        return file;
    }
}
