using System.Text;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Abstractions.Tests;

public sealed class SafetensorsCorruptionTests : IDisposable
{
    private readonly SafetensorsTestFile file = new();

    public void Dispose() => file.Dispose();

    [Fact]
    public void Null_metadata_is_none()
    {
        using SafetensorsFile opened = SafetensorsFile.Open(file.With("""{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1));

        opened.Metadata.Should().BeEmpty();
        opened.Tensors.Keys.Should().Equal("a");
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267967963\n",
        "*is a Git LFS pointer, not the file itself. Run 'git lfs pull'*")]
    [InlineData("PK\u0003\u0004 archive of torch.save", "*was written by torch.save and is not a safetensors file*")]
    public void Files_of_other_kinds_are_called_what_they_are(string content, string message)
    {
        File.WriteAllText(file.Path, content);

        file.OpeningFails().Message.Should().Match(message);
    }

    [Fact]
    public void Pickles_of_earlier_versions_are_called_what_they_are()
    {
        File.WriteAllBytes(file.Path, [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20]);

        file.OpeningFails().Message.Should().Contain("torch.save");
    }

    [Theory]
    [InlineData("""[]""", 0, "*does not start with '{'*")]
    [InlineData("""{"a":""", 0, "*not a JSON object with unique keys*")]
    [InlineData("""{} x""", 0, "*not a JSON object*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "*unique keys*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "*unique keys*")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "*unique keys*")]
    [InlineData("""{"a\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "*not*")]
    [InlineData("""{"a":5}""", 0, "*'a' is a number, not an object*")]
    [InlineData("""{"__metadata__":[]}""", 0, "*__metadata__ is an array, not an object of strings*")]
    [InlineData("""{"__metadata__":{"step":3}}""", 0, "*__metadata__.step is a number, not a string*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"pad":0}}""", 1, "*'a' has the unknown field 'pad'*")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1, "*'a' has no dtype*")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1, "*'a' has no shape*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "*'a' has no data_offsets*")]
    [InlineData("""{"a":{"dtype":"float","shape":[1],"data_offsets":[0,1]}}""", 1, "*dtype \"float\"; the format has BOOL*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "*shape contains -1*whole number*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1, "*shape contains 1.5*whole number*")]
    [InlineData("""{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1, "*shape is a number, not an array*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}""", 1, "*whole number*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807,2],"data_offsets":[0,1]}}""", 1, "*overflows*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0,9223372036854775807,9],"data_offsets":[0,0]}}""", 0, "*overflows*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1, "*begin <= end*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "*begin, end*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "*8 bytes, but its data_offsets [0, 4] contain 4*")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}""", 1, "*whole byte*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "*'b' begins at byte 1 and overlaps*2.")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5, "*'b' begins at byte 3 and leaves a hole*2.")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 3, "*1 bytes more*")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "*it is truncated*")]
    public void Refuses_a_broken_header(string header, int dataLength, string message)
    {
        file.With(header, dataLength);
        file.OpeningFails().Should().Match<SafetensorsException>(e => e.File == file.Path).And
            .Subject.As<SafetensorsException>().Message.Should().Match(message);
    }

    [Fact]
    public void Refuses_a_header_that_is_not_UTF_8()
    {
        file.With([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}'], []);
        file.OpeningFails().Message.Should().EndWith("the header is not valid UTF-8.");
    }

    [Fact]
    public void Refuses_a_file_without_the_length_of_its_header()
    {
        File.WriteAllBytes(file.Path, [1, 2, 3]);
        file.OpeningFails().Message.Should().Match("*has 3 bytes*starts with 8*");
    }

    [Fact]
    public void Refuses_a_header_longer_than_the_file_and_longer_than_allowed()
    {
        file.With("{}"u8.ToArray(), [], headerLength: 3);
        file.OpeningFails().Message.Should().Match("*claims a length of 3 bytes, but the file has only 2 more*");
        file.With("{}"u8.ToArray(), [], headerLength: 100_000_001);
        file.OpeningFails().Message.Should().Match("*100000001 bytes; at most 100000000*");
    }

    [Fact]
    public void Refuses_booleans_other_than_0_and_1()
    {
        file.With(Encoding.UTF8.GetBytes("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"""), [1, 2]);
        using var read = SafetensorsFile.Open(file.Path);
        var act = () => read.Read("a");
        act.Should().Throw<SafetensorsException>().WithMessage("*'a' is BOOL but contains bytes other than 0 and 1*");
    }

    [Fact]
    public void A_mutated_file_is_read_or_refused_and_never_anything_else()
    {
        var original = File.ReadAllBytes(SafetensorsTestFile.Reference);
        var headerEnd = 8 + (int)BitConverter.ToInt64(original);
        var random = new Random(20260101);
        int read = 0, refused = 0;
        for (var round = 0; round < 4000; round++)
        {
            var bytes = Mutate(original, headerEnd, random);
            File.WriteAllBytes(file.Path, bytes);
            try
            {
                using var scope = NewDisposeScope();
                using var opened = SafetensorsFile.Open(file.Path);
                foreach (var name in opened.Tensors.Keys)
                    opened.Read(name);
                read++;
            }
            catch (SafetensorsException)
            {
                refused++;
            }
        }

        read.Should().BePositive();
        refused.Should().BePositive();
    }

    private static byte[] Mutate(byte[] original, int headerEnd, Random random)
    {
        var bytes = original.ToArray();
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            // The header is where mistakes matter, so most edits go there.
            var at = random.Next(10) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(headerEnd, bytes.Length));
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = (byte)"0123456789{}[],:\"-eE\\"[random.Next(21)];
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    bytes = random.Next(20) == 0 ? bytes[..at] : [.. bytes[..at], bytes[at], .. bytes[at..]];
                    if (bytes.Length == 0)
                        return bytes;
                    break;
            }
        }

        return bytes;
    }
}
