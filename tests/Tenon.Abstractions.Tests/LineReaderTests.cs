using System.Text;

namespace Tenon.Abstractions.Tests;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("a\rb\r", "a|b")]
    [InlineData("a\n\r\n\rb", "a|||b")]
    [InlineData("a\r\r\nb\n\rc", "a||b||c")]
    [InlineData("\uFEFFa\nb", "a|b")]
    [InlineData("a\f\u2028\u0085\vb\nc", "a\f\u2028\u0085\vb|c")]
    [InlineData("fine\0\nb", "fine\0|b")]
    [InlineData("", "")]
    public void Lines_end_in_lf_cr_lf_or_cr_and_in_nothing_else(string text, string lines) =>
        string.Join('|', Lines(new MemoryStream(Encoding.UTF8.GetBytes(text))).Select(line => line.Text)).Should().Be(lines);

    [Fact]
    public void A_line_has_its_number_its_offset_and_its_ending()
    {
        using var lines = new LineReader(new MemoryStream("\uFEFFab\r\nc\rd\ne"u8.ToArray()), "t");
        var read = new List<(long, long, string)>();
        while (lines.Read())
            read.Add((lines.Number, lines.Offset, Encoding.UTF8.GetString(lines.Ending)));
        read.Should().Equal((1, 3, "\r\n"), (2, 7, "\r"), (3, 9, "\n"), (4, 11, ""));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1 << 20)]
    public void Lines_do_not_depend_on_how_the_bytes_arrive(int atOnce)
    {
        string text = string.Concat(Enumerable.Range(0, 3000)
            .Select(i => $"{new string('ü', i % 700 + 1)}{(i % 3 == 0 ? "\r\n" : i % 3 == 1 ? "\r" : "\n")}"));
        List<(long, string)> expected = [.. Enumerable.Range(0, 3000).Select(i => (i + 1L, new string('ü', i % 700 + 1)))];
        Lines(new Slow(Encoding.UTF8.GetBytes(text), atOnce)).Should().Equal(expected);
    }

    [Theory]
    [InlineData("good\n\nb\u00e9d",
        "t:3: byte 0xE9 at offset 7 is not valid UTF-8. Convert the file from its encoding: iconv -f WINDOWS-1252 -t UTF-8.")]
    [InlineData("\u00ff\u00fea\0", "t: the file starts with a UTF-16 byte order mark*iconv -f UTF-16 -t UTF-8.")]
    [InlineData("\u00fe\u00ff\0a", "t: the file starts with a UTF-16 byte order mark*")]
    [InlineData("a\0b\0", "t: the file has a zero byte at its start, as UTF-16*")]
    [InlineData("\u001f\u008b\u0008\0", "t: the file is compressed with gzip, not text. Decompress it: gunzip.")]
    [InlineData("PK\u0003\u0004", "t: the file is a ZIP archive or a workbook, not text.*")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "t is a Git LFS pointer, not the file itself.*")]
    public void What_is_not_text_is_named(string latin1, string message) => FluentActions
        .Invoking(() => Lines(new MemoryStream(Encoding.Latin1.GetBytes(latin1)))).Should().Throw<DataException>().WithMessage(message);

    [Fact]
    public void A_long_text_about_pointers_is_a_text() =>
        Lines(new MemoryStream(Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\n" + new string('a', 1024)))).Should()
            .HaveCount(2);

    private static List<(long Number, string Text)> Lines(Stream stream)
    {
        using var lines = new LineReader(stream, "t");
        var read = new List<(long, string)>();
        while (lines.Read())
            read.Add((lines.Number, Encoding.UTF8.GetString(lines.Bytes)));
        return read;
    }

    // Gives a few bytes at a time, as a pipe does.
    private sealed class Slow(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atOnce));
    }
}
