using System.Text;
using Tenon.Host.Export;
using TorchSharp;

namespace Tenon.Export.Tests;

/// <summary>The bytes of GGUF files.</summary>
public sealed class GgufWriterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-gguf-");

    private string Target => Path.Combine(_folder.FullName, "file.gguf");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_file_has_the_layout_of_version_3()
    {
        var metadata = new GgufMetadata();
        metadata.Add("a", 7u);
        metadata.Add("b", ["x", "é"]);

        GgufWriter.Write(Target, metadata, [Entry("t", [2, 3], GgufType.F32, 1, 2, 3, 4, 5, 6), Entry("u", [2], GgufType.F32, 7, 8)]);

        using var expected = new MemoryStream();
        using (var writer = new BinaryWriter(expected))
        {
            writer.Write("GGUF"u8);
            writer.Write(3u);
            writer.Write(2ul); // tensors
            writer.Write(2ul); // entries
            Text("a");
            writer.Write(4u); // uint32
            writer.Write(7u);
            Text("b");
            writer.Write(9u); // array
            writer.Write(8u); // of strings
            writer.Write(2ul);
            Text("x");
            Text("é");
            Text("t");
            writer.Write(2u);
            writer.Write(3ul); // the size of a row comes first
            writer.Write(2ul);
            writer.Write(0u);
            writer.Write(0ul);
            Text("u");
            writer.Write(1u);
            writer.Write(2ul);
            writer.Write(0u);
            writer.Write(32ul); // 24 bytes, padded to 32
            Pad();
            foreach (float value in new float[] { 1, 2, 3, 4, 5, 6 })
                writer.Write(value);
            Pad();
            writer.Write(7f);
            writer.Write(8f);
            Pad();

            void Text(string text)
            {
                writer.Write((ulong)Encoding.UTF8.GetByteCount(text));
                writer.Write(Encoding.UTF8.GetBytes(text));
            }

            void Pad() => writer.Write(new byte[(32 - (int)(expected.Position % 32)) % 32]);
        }

        File.ReadAllBytes(Target).Should().Equal(expected.ToArray());
    }

    [Fact]
    public void All_types_of_metadata_are_read_back()
    {
        var metadata = new GgufMetadata();
        metadata.Add("uint", 4_000_000_000u);
        metadata.Add("float", 1e-5f);
        metadata.Add("bool", true);
        metadata.Add("text", "日本");
        metadata.Add("texts", ["", "▁a"]);
        metadata.Add("ints", [-1, 6]);
        metadata.Add("floats", [0.5f, -2f]);

        GgufWriter.Write(Target, metadata, []);

        GgufReader.Read(Target).Metadata.Should().BeEquivalentTo(new Dictionary<string, object>
        {
            ["uint"] = 4_000_000_000u,
            ["float"] = 1e-5f,
            ["bool"] = true,
            ["text"] = "日本",
            ["texts"] = new object[] { "", "▁a" },
            ["ints"] = new object[] { -1, 6 },
            ["floats"] = new object[] { 0.5f, -2f },
        });
    }

    [Theory]
    [InlineData("f32", 0.1f, 0.1f)]
    [InlineData("f16", 0.1f, 0.099975586f)]
    [InlineData("bf16", 0.1f, 0.100097656f)]
    public void Numbers_are_rounded_to_the_format(string type, float value, float rounded)
    {
        GgufWriter.Write(Target, new GgufMetadata(), [Entry("t", [1, 2], GgufType.Find(type), value, -value)]);

        GgufReader.Read(Target).Tensors["t"].Values().Should().Equal(rounded, -rounded);
    }

    [Fact]
    public void A_number_that_float16_cannot_hold_is_refused_and_the_file_stays_as_it_was()
    {
        File.WriteAllText(Target, "before");

        Action write = () => GgufWriter.Write(Target, new GgufMetadata(), [Entry("blk.0.ffn_up.weight", [1, 2], GgufType.F16, 1, 70_000)]);

        write.Should().Throw<ModelException>()
            .WithMessage("The tensor 'blk.0.ffn_up.weight' cannot be written as f16, because it contains 70000. Use f32 or bf16 weights.");
        File.ReadAllText(Target).Should().Be("before");
        _folder.GetFiles().Should().ContainSingle();
    }

    [Fact]
    public void Rows_that_are_not_whole_blocks_are_refused()
    {
        Action write = () =>
            GgufWriter.Write(Target, new GgufMetadata(), [Entry("blk.0.ffn_up.weight", [1, 48], GgufType.Q8, new float[48])]);

        write.Should().Throw<ModelException>().WithMessage("The tensor 'blk.0.ffn_up.weight' cannot be written as q8_0, because its " +
            "rows have 48 numbers and q8_0 needs a multiple of 32*");
        _folder.GetFiles().Should().BeEmpty();
    }

    private static GgufEntry Entry(string name, long[] shape, GgufType type, params float[] values) =>
        new(name, shape, type, () => torch.tensor(values, shape));
}
