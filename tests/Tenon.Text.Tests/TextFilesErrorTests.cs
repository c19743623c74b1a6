using Tenon.Text.Files;

namespace Tenon.Text.Tests;

public sealed class TextFilesErrorTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_the_byte_that_is_no_utf8()
    {
        string file = _folder.Write("a.txt", [(byte)'o', (byte)'k', (byte)'\n', (byte)'x', 0xE9, (byte)'y']);
        Refused("a.txt").Should().Be($"{file}:2: byte 0xE9 at offset 4 is not valid UTF-8. Convert the file from its own encoding: iconv -f WINDOWS-1252 -t UTF-8.");
    }

    [Fact]
    public void Recognises_utf16()
    {
        string file = _folder.Write("a.txt", [0xFF, 0xFE, (byte)'a', 0]);
        Refused("a.txt").Should().Be($"{file}: the file starts with the byte order mark of UTF-16; text has to be UTF-8. Convert it: iconv -f UTF-16 -t UTF-8.");
    }

    [Fact]
    public void Names_the_files_beside_a_missing_one()
    {
        _folder.Write("data/train.txt", "x");
        Refused("data/trian.txt").Should().Be(
            $"files: there is no file or folder 'data/trian.txt' ({_folder.At("data/trian.txt")}). The folder has: train.txt. Correct the path; it starts from '{_folder.Path}'.");
    }

    [Fact]
    public void Says_where_a_pattern_found_nothing() => Refused("books/**/*.txt").Should().Be(
        $"files: no file matches 'books/**/*.txt' below '{_folder.At("books")}'. '*' stands for any name, '**' for any folders between; the pattern starts from '{_folder.Path}'.");

    [Fact]
    public void Refuses_a_named_file_without_text()
    {
        string file = _folder.Write("a.txt", "\n \n");
        Refused("a.txt").Should().Be($"files: '{file}' holds no text (3 bytes). Leave it out, or put text into it.");
    }

    [Fact]
    public void Names_the_malformed_line()
    {
        string file = _folder.Write("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \n");
        Refused("a.jsonl").Should().StartWith($"{file}:2: the line is no JSON: ").And.EndWith(" Each line has to be one JSON object.");
    }

    [Theory]
    [InlineData("{\"title\": \"t\", \"body\": \"b\"}", "the line has no field 'text'. It has: title, body. Name one of its fields in the recipe.")]
    [InlineData("{\"text\": 7}", "the field 'text' is a number; it has to be a string.")]
    [InlineData("[1]", "the line is an array; it has to be a JSON object with the field 'text'.")]
    [InlineData("{\"text\": \"a\"} x", "there is something after the JSON object, at byte 13 of the line. JSON Lines has one object a line.")]
    public void Says_what_is_wrong_with_a_field(string line, string sentence)
    {
        string file = _folder.Write("a.jsonl", line);
        Refused("a.jsonl").Should().Be($"{file}:1: {sentence}");
    }

    [Fact]
    public void Refuses_a_torn_gzip_file()
    {
        string file = _folder.WriteCompressed("a.txt.gz", string.Join('\n', Enumerable.Range(0, 10_000)));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^2000]);
        Refused("a.txt.gz").Should().StartWith($"{file}: not a whole gzip file: ").And.EndWith(" Fetch or compress it again.");
        Directory.GetFiles(_folder.At("cache/inflated")).Should().BeEmpty();
    }

    [Fact]
    public void Refuses_to_validate_on_what_is_trained_on()
    {
        string file = _folder.Write("a.txt", "x");
        Action act = () => Open(new TextFilesOptions { Files = ["a.txt"], Validation = ["*.txt"] });
        act.Should().Throw<DataException>().WithMessage(
            $"'{file}' is in 'files' and in 'validation'. What is trained on says nothing when validated on: leave it out of one of them.");
    }

    private string Refused(string file) => FluentActions.Invoking(() => Open(new TextFilesOptions { Files = [file] })).Should().Throw<DataException>().Which.Message;

    private IDataset<TextExample> Open(TextFilesOptions options) => new TextFilesData(_folder.Cache).Open(options, _folder.Context);
}
