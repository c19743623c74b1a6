using Tenon.Text.Files;

namespace Tenon.Text.Tests;

public sealed class TextFilesErrorTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_the_byte_that_is_not_utf8()
    {
        string file = _folder.Write("a.txt", [(byte)'o', (byte)'k', (byte)'\n', (byte)'x', 0xE9, (byte)'y']);
        Refused("a.txt").Should()
            .Be($"{file}:2: byte 0xE9 at offset 4 is not valid UTF-8. Convert the file from its encoding: iconv -f WINDOWS-1252 -t UTF-8.");
    }

    [Fact]
    public void Recognizes_utf16()
    {
        string file = _folder.Write("a.txt", [0xFF, 0xFE, (byte)'a', 0]);
        Refused("a.txt").Should()
            .Be($"{file}: the file starts with a UTF-16 byte order mark; text must be UTF-8. Convert it: iconv -f UTF-16 -t UTF-8.");
    }

    [Fact]
    public void Names_the_files_next_to_a_missing_one()
    {
        _folder.Write("data/train.txt", "x");
        Refused("data/trian.txt").Should().Be(
            $"files: file or folder 'data/trian.txt' ({_folder.At("data/trian.txt")}) does not exist. The folder contains: train.txt. " +
            $"Correct the path; it is relative to '{_folder.Path}'.");
    }

    [Fact]
    public void Reports_where_a_pattern_matched_nothing() => Refused("books/**/*.txt").Should().Be(
        $"files: no file matches 'books/**/*.txt' below '{_folder.At("books")}'. '*' matches any name, '**' any folders in between; the " +
        $"pattern is relative to '{_folder.Path}'.");

    [Fact]
    public void Rejects_a_named_file_without_text()
    {
        string file = _folder.Write("a.txt", "\n \n");
        Refused("a.txt").Should().Be($"files: '{file}' contains no text (3 bytes). Remove it, or add text to it.");
    }

    [Fact]
    public void Names_the_malformed_line()
    {
        string file = _folder.Write("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \n");
        Refused("a.jsonl").Should().StartWith($"{file}:2: the line is not valid JSON, at byte ")
            .And.EndWith(" Each line must be one JSON object.");
    }

    [Theory]
    [InlineData("{\"title\": \"t\", \"body\": \"b\"}", "the line has no field 'text'. It has: title, body. Use one of its fields.")]
    [InlineData("{\"text\": 7}", "the field 'text' is a number; it must be a string.")]
    [InlineData("[1]", "the line is an array; it must be a JSON object with the field 'text'.")]
    [InlineData("{\"text\": \"a\"} x",
        "unexpected content after the JSON object, at byte 13 of the line. JSON Lines has one object per line.")]
    public void Reports_what_is_wrong_with_a_field(string line, string sentence)
    {
        string file = _folder.Write("a.jsonl", line);
        Refused("a.jsonl").Should().Be($"{file}:1: {sentence}");
    }

    [Fact]
    public void Rejects_a_truncated_gzip_file()
    {
        string file = _folder.WriteCompressed("a.txt.gz", string.Join('\n', Enumerable.Range(0, 10_000)));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^2000]);
        Refused("a.txt.gz").Should().StartWith($"{file}: not a complete gzip file: ").And.EndWith(" Download or compress it again.");
        Directory.GetFiles(_folder.At("cache/inflated")).Should().BeEmpty();
    }

    [Fact]
    public void A_validation_file_that_is_a_link_to_a_training_file()
    {
        string file = _folder.Write("a.txt", "text");
        File.CreateSymbolicLink(_folder.At("b.txt"), "a.txt");
        Action open = () => new TextFilesData(_folder.Cache)
            .Open(new TextFilesOptions { Files = ["a.txt"], Validation = ["b.txt"] }, _folder.Context);
        open.Should().Throw<DataException>()
            .WithMessage($"'{_folder.At("b.txt")}' is in both 'files' (through a link as '{file}') and 'validation'*");
    }

    [Fact]
    public void Rejects_validation_on_training_files()
    {
        string file = _folder.Write("a.txt", "x");
        Action act = () => Open(new TextFilesOptions { Files = ["a.txt"], Validation = ["*.txt"] });
        act.Should().Throw<DataException>().WithMessage(
            $"'{file}' is in both 'files' and 'validation', which makes validation meaningless. Remove it from one of them.");
    }

    private string Refused(string file) =>
        FluentActions.Invoking(() => Open(new TextFilesOptions { Files = [file] })).Should().Throw<DataException>().Which.Message;

    private IDataset<TextExample> Open(TextFilesOptions options) => new TextFilesData(_folder.Cache).Open(options, _folder.Context);
}
