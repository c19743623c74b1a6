using System.Text;

namespace Tenon.Abstractions.Tests.Tables;

/// <summary>One behavior for the tables of recipes and for inputs of commands.</summary>
public sealed class TableReaderTests
{
    private readonly List<string> _faults = [];

    [Theory]
    [InlineData("id,text\n1,x\n", TableSyntax.Csv, "x")]
    [InlineData("id;text\r1;so, good\r2;bad\r", TableSyntax.Csv, "so, good|bad")]
    [InlineData("id|text\n1|x\n", TableSyntax.Csv, "x")]
    [InlineData("\"id\"\t\"text\"\n1\tx\n", TableSyntax.Csv, "x")]
    [InlineData("\uFEFF\"text\",\"id\"\r\nx,1\r\n\r\ny,2\r\n", TableSyntax.Csv, "x|y")]
    [InlineData("id, text\n1,x\n", TableSyntax.Csv, "x")]
    [InlineData("\nid,text\n1,x\n", TableSyntax.Csv, "x")]
    [InlineData("text\tid\n\"x\t1\n", TableSyntax.Tsv, "\"x")]
    [InlineData("text,id\na\fb,1\n", TableSyntax.Csv, "a\fb")]
    [InlineData("{\"text\": \"x\"}\r\n \r\n{\"text\": 1.50}\r{\"text\": true}", TableSyntax.JsonLines, "x|1.50|true")]
    public void The_requested_column_is_read(string text, TableSyntax syntax, string cells)
    {
        Read(text, syntax).Should().Equal(cells.Split('|'));
        _faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("id,text\n1,x,y\n", TableSyntax.Csv, "t:2: the row has 3 cells, but the first row has 2.*")]
    [InlineData("id,text\n1\n", TableSyntax.Csv, "t:2: the row has 1 column; 'text' is column 2.*")]
    [InlineData("id,text\n1,a \"b\"\n", TableSyntax.Csv, "t:2: a quote inside an unquoted cell.*")]
    [InlineData("{\"text\": null}", TableSyntax.JsonLines, "t:1: the field 'text' is null; it must be a string or a number.")]
    [InlineData("{\"text\": [\"x\"]}", TableSyntax.JsonLines, "t:1: the field 'text' is an array; it must be a string or a number.")]
    [InlineData("{\"text\": \"x\"},", TableSyntax.JsonLines, "t:1: unexpected content after the JSON object, at byte 13 of the line. " +
        "JSON Lines has one object per line, and no comma after it.")]
    [InlineData("[\n", TableSyntax.JsonLines, "t:1: the line is not valid JSON, at byte *The file seems to be a JSON array; JSON Lines " +
        "has one object per line. Convert it: jq -c '.[]'.")]
    [InlineData("[{\"text\": \"x\"}]", TableSyntax.JsonLines, "t:1: the line is an array; it must be a JSON object with the field 'text'.")]
    [InlineData("{\"text\": \"x\", \"text\": \"y\"}", TableSyntax.JsonLines,
        "t:1: the line has the field 'text' twice. Remove one of them.")]
    [InlineData("{\"text\": \"\\ud83d\"}", TableSyntax.JsonLines, "t:1: *lone surrogate*")]
    [InlineData("{\"id\": 1, \"body\": \"x\"}", TableSyntax.JsonLines,
        "t:1: the line has no field 'text'. It has: id, body. Use one of its fields.")]
    public void A_wrong_row_is_named_with_its_first_line(string text, TableSyntax syntax, string fault)
    {
        Read(text, syntax).Should().BeEmpty();
        _faults.Should().ContainSingle().Which.Should().Match(fault);
    }

    [Theory]
    [InlineData("id,body\n1,x\n", "t:1: there is no column 'text'. The first row has: id, body. Use one of these columns; if the first " +
        "row is already data, set 'header' to false.")]
    [InlineData("text,id,text\nx,1,y\n", "t:1: the column 'text' occurs twice, as columns 1 and 3. Rename or remove one of them.")]
    [InlineData("id,\"text\n1,x\n", "t:1: a quote is opened in this row and never closed.*")]
    [InlineData("id,text\n1,\"x\n2,y\n",
        "t:2: a quote is opened in this row and never closed.*The row cannot be skipped, because lines 2 to 3 would be skipped with it.")]
    [InlineData("id,text\n1,caf\u00e9\n", "t:2: byte 0xE9 at offset 13 is not valid UTF-8.*")]
    public void What_concerns_more_than_a_row_ends_reading(string latin1, string fault) =>
        FluentActions.Invoking(() => Read(Encoding.Latin1.GetBytes(latin1), TableSyntax.Csv, new TableFormat(["text"]))).Should()
            .Throw<DataException>().WithMessage(fault);

    [Fact]
    public void The_only_column_may_have_any_name()
    {
        var format = new TableFormat(["text"]) { TakesOnly = true };
        Read("body\nx\n"u8, TableSyntax.Csv, format).Should().Equal("x");
        Read("{\"body\": \"x\"}\n\"y\"\n"u8, TableSyntax.JsonLines, format).Should().Equal("x", "y");
    }

    [Fact]
    public void Rows_that_a_late_quote_has_swallowed_are_noted()
    {
        var reader = new TableReader(new TableFormat(["text"]), fault => _faults.Add(fault.Message));
        byte[] table = Encoding.UTF8.GetBytes("text,label\n" + string.Concat(Enumerable.Repeat("\"open,n\nmore,y\nlast\",n\n", 7)));
        reader.Read(() => new MemoryStream(table), "t", TableSyntax.Csv).Should().HaveCount(7);
        reader.Notes.Should().HaveCount(6).And.EndWith("2 more rows have lines that look like separate rows.");
        reader.Notes[1].Should()
            .StartWith("t:5: the quote opened here is closed in line 7, and each line from 5 to 7 looks like a separate row");
        _faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("a.CSV", TableSyntax.Csv)]
    [InlineData("b/a.tsv.gz", TableSyntax.Tsv)]
    [InlineData("a.ndjson", TableSyntax.JsonLines)]
    [InlineData("a.json", null)]
    public void The_extension_determines_the_syntax(string file, TableSyntax? syntax) => TableReader.SyntaxOf(file).Should().Be(syntax);

    private string[] Read(string text, TableSyntax syntax) => Read(Encoding.UTF8.GetBytes(text), syntax, new TableFormat(["text"]));

    private string[] Read(ReadOnlySpan<byte> text, TableSyntax syntax, TableFormat format)
    {
        byte[] content = text.ToArray();
        var reader = new TableReader(format, fault => _faults.Add(fault.Message));
        return [.. reader.Read(() => new MemoryStream(content), "t", syntax).Select(row => row.Cells[0])];
    }
}
