using System.Text;

namespace Tenon.Abstractions.Tests.Tables;

public sealed class SeparatedValuesTests
{
    [Theory]
    [InlineData("a,b\nc,d\n", ',', "a|b / c|d")]
    [InlineData("a,\n,b\n,\n", ',', "a| / |b / |")]
    [InlineData("a§b\n\"c§\"\"d\"§e", '§', "a|b / c§\"d|e")]
    [InlineData("\"a\",\"\",\"b\"\"\"\n", ',', "a||b\"")]
    [InlineData("\"one\r\ntwo\rthree\n\nfour\",b\nc,d", ',', "one\r\ntwo\rthree\n\nfour|b / c|d")]
    [InlineData("a\fb,c\u2028d\n", ',', "a\fb|c\u2028d")]
    [InlineData(" a , b \n", ',', " a | b ")]
    public void Cells_are_kept_as_they_are_written(string text, char delimiter, string rows) =>
        string.Join(" / ", Rows(text, delimiter)).Should().Be(rows);

    [Fact]
    public void Without_quotes_a_quote_is_a_character() =>
        Rows("\"a\tb\"\nc\"\td\n", '\t', hasQuotes: false).Should().Equal("\"a|b\"", "c\"|d");

    [Fact]
    public void A_row_has_its_first_and_last_line()
    {
        using SeparatedValues values = Open("a,b\n\n\"c\n\nd\",e\nf,g\n");
        var lines = new List<(long, long, bool)>();
        while (values.Read())
            lines.Add((values.Line, values.LastLine, values.IsBlank));
        lines.Should().Equal((1, 1, false), (2, 2, true), (3, 5, false), (6, 6, false));
    }

    [Theory]
    [InlineData("a,b\n\"c,d\ne,f\n", "t:2: a quote is opened in this row and never closed.*")]
    [InlineData("a,b\n\"c\",\"d\ne,f\n", "t:2: a quote is opened in this row and never closed.*")]
    [InlineData("a,b\n\"c\nd\",\"e\nf\n", "t:3: a quote is opened in this row and never closed.*")]
    [InlineData("a,b\n\"c\" ,d\n", "t:2: the quote opened here is closed in line 2, but the cell continues after it.*")]
    [InlineData("a,b\n\"c,d\n\"e\",f\n", "t:2: the quote opened here is closed in line 3, but the cell continues after it.*")]
    [InlineData("a,b\nc \"d\",e\n", "t:2: a quote inside an unquoted cell.*")]
    [InlineData("a,b\n\"c\nd\",e \"f\"\n", "t:3: a quote inside an unquoted cell.*")]
    public void A_wrong_quote_is_named_with_its_line(string text, string fault)
    {
        using SeparatedValues values = Open(text);
        values.Read();
        values.Fault.Should().BeNull();
        values.Read().Should().BeTrue();
        values.Fault.Should().Match(fault);
    }

    [Fact]
    public void After_a_wrong_quote_the_next_line_is_a_row() => Rows("a\"b\",c\nd,e\n", ',').Should().EndWith("d|e");

    // A quote that is closed too late takes rows into its cell and can still leave a row with the right number of cells.
    [Theory]
    [InlineData("text,label\nfine,y\n\"open,n\nmore,y\nother\",n\nlast,y\n", 3, 5)]
    [InlineData("text,label\n\"open,n\nother\",n\n", 2, 3)]
    [InlineData("id;text;label\n1;\"open;n\n2;more;y\n\n3;text\";n\n", 2, 5)]
    [InlineData("label\ttext\nn\t\"open\ny\tmore\ny\tlast\"\n", 2, 4)]
    [InlineData("text,label\r\n\"open,n\r\nmore,y\r\n\",n\r\n", 2, 4)]
    public void Rows_that_a_late_quote_has_swallowed_are_suspected(string text, int first, int last)
    {
        char delimiter = text.First(c => c is ',' or ';' or '\t');
        string[] suspicions = Suspicions(text, delimiter);
        suspicions.Should().ContainSingle().Which.Should().StartWith($"t:{first}: the quote opened here is closed in line {last}")
            .And.Contain($"each line from {first} to {last} looks like a separate row");
    }

    [Theory]
    [InlineData("text,label\n\"one\ntwo\",n\n\"one, two\nthree, four\nfive\",y\n")]
    [InlineData("text,label\n\"Roses are red,\nViolets are blue,\nI wrote,\nno table\",n\n")]
    [InlineData("text,label\n\"well, one\nline\",n\n")]
    [InlineData("id,text,label\n1,\"well, one\ntwo, really\",n\n")]
    [InlineData("label,text\nn,\"one\ntwo\n\nthree\"\n")]
    [InlineData("text\n\"one\ntwo\"\n")]
    [InlineData("text,label\n\"one,two\",n\n\"three,\"\"four\"\"\",y\n")]
    public void Texts_of_several_lines_are_not_suspected(string text) => Suspicions(text, ',').Should().BeEmpty();

    [Theory]
    [InlineData("1;2,5;x\n3;4,5;y\n", ';')]
    [InlineData("a\tb, c\td\n", '\t')]
    [InlineData("\"a;b;c;d\",e\n", ',')]
    [InlineData("a|b|c\n", '|')]
    [InlineData("\n\na;b\n", ';')]
    [InlineData("a\nb\n", ',')]
    public void The_first_row_shows_the_delimiter(string text, char delimiter) =>
        Delimiters.OfFirstRow(() => new MemoryStream(Encoding.UTF8.GetBytes(text)), "t").Should().Be(delimiter);

    private static SeparatedValues Open(string text, char delimiter = ',', bool hasQuotes = true) =>
        new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t", delimiter, hasQuotes);

    private static List<string> Rows(string text, char delimiter, bool hasQuotes = true)
    {
        using SeparatedValues values = Open(text, delimiter, hasQuotes);
        var rows = new List<string>();
        while (values.Read())
            rows.Add(string.Join('|', values.Texts()));
        return rows;
    }

    private static string[] Suspicions(string text, char delimiter)
    {
        using SeparatedValues values = Open(text, delimiter);
        var found = new List<string>();
        while (values.Read())
        {
            values.Fault.Should().BeNull();
            if (values.Suspicion is { } suspicion)
                found.Add(suspicion);
        }

        return [.. found];
    }
}
