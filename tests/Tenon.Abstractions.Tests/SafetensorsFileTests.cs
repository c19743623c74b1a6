using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Abstractions.Tests;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly SafetensorsTestFile file = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        file.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.ComplexFloat32)]
    public void Reads_back_what_it_wrote(ScalarType type)
    {
        long[][] shapes = [[], [0], [1], [3, 0, 2], [7], [2, 3, 5], [1, 1, 1, 1, 1]];
        var tensors = shapes.Select((shape, i) => ($"t.{i}", (rand(shape) * 2).to(type))).ToList();

        SafetensorsFile.Write(file.Path, tensors);

        using var read = SafetensorsFile.Open(file.Path);
        read.Tensors.Should().HaveCount(shapes.Length);
        foreach (var (name, tensor) in tensors)
        {
            var copy = read.Read(name);
            copy.dtype.Should().Be(type);
            copy.shape.Should().Equal(tensor.shape);
            copy.Equals(tensor).Should().BeTrue();
        }
    }

    [Fact]
    public void Reads_the_reference_implementations_file_and_writes_the_same_bytes()
    {
        using var read = SafetensorsFile.Open(SafetensorsTestFile.Reference);
        read.Metadata.Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
        read.Tensors["lora_A.weight"].Should()
            .BeEquivalentTo(new { DType = SafetensorsDType.F32, Shape = new long[] { 4, 24 }, Begin = 64L, End = 448L });

        SafetensorsFile.Write(file.Path, read.Tensors.Keys.Reverse().Select(name => (name, read.Read(name))));

        File.ReadAllBytes(file.Path).Should().Equal(File.ReadAllBytes(SafetensorsTestFile.Reference));
    }

    [Fact]
    public void Writes_views_transposes_and_parameters_by_their_values()
    {
        var matrix = arange(12, ScalarType.Float32).reshape(3, 4);
        var parameter = new TorchSharp.Modules.Parameter(matrix.clone());
        SafetensorsFile.Write(file.Path,
            [("transposed", matrix.t()), ("column", matrix[.., 1]), ("parameter", parameter), ("expanded", ones(1).expand(5))]);

        using var read = SafetensorsFile.Open(file.Path);
        read.Read("transposed").Equals(matrix.t()).Should().BeTrue();
        read.Read("column").Equals(matrix[.., 1]).Should().BeTrue();
        read.Read("parameter").Equals(matrix).Should().BeTrue();
        read.Read("expanded").Equals(ones(5)).Should().BeTrue();
    }

    [Fact]
    public void Lays_the_data_out_aligned_and_keeps_metadata()
    {
        SafetensorsFile.Write(file.Path,
            [("a", ones(3, ScalarType.Byte)), ("b", ones(1, ScalarType.Float64)), ("c", ones(1, ScalarType.Float32))],
            new Dictionary<string, string> { ["step"] = "12", ["note"] = "naïve \"quoted\" 🙂" });

        using var read = SafetensorsFile.Open(file.Path);
        read.Metadata.Should().Equal(new Dictionary<string, string> { ["step"] = "12", ["note"] = "naïve \"quoted\" 🙂" });
        read.Tensors["b"].Begin.Should().Be(0);
        read.Tensors["c"].Begin.Should().Be(8);
        read.Tensors["a"].Begin.Should().Be(12);
        BitConverter.ToInt64(File.ReadAllBytes(file.Path)).Should().Match(length => length % 8 == 0);
    }

    [Fact]
    public void Reads_into_a_parameter_without_touching_its_gradient_state()
    {
        SafetensorsFile.Write(file.Path, [("w", arange(6, ScalarType.Float32).reshape(2, 3))]);
        var parameter = new TorchSharp.Modules.Parameter(zeros(2, 3));
        using var read = SafetensorsFile.Open(file.Path);

        read.ReadInto("w", parameter);

        parameter.Equals(arange(6, ScalarType.Float32).reshape(2, 3)).Should().BeTrue();
        parameter.requires_grad.Should().BeTrue();
        parameter.is_leaf.Should().BeTrue();
    }

    [Fact]
    public void Reads_some_rows()
    {
        SafetensorsFile.Write(file.Path,
            [("v", arange(5)), ("w", arange(24, ScalarType.Float32).reshape(4, 2, 3)), ("scalar", tensor(1f))]);
        using var read = SafetensorsFile.Open(file.Path);

        read.ReadRows("w", 1, 2).Equals(arange(6, 18, ScalarType.Float32).reshape(2, 2, 3)).Should().BeTrue();
        read.ReadRows("v", 4, 1).Equals(arange(4, 5)).Should().BeTrue();
        read.ReadRows("v", 5, 0).shape.Should().Equal(0);
        foreach ((string name, long first, long count) in new[] { ("w", 3L, 2L), ("w", -1L, 1L), ("v", 0L, -1L), ("scalar", 0L, 1L) })
            read.Invoking(f => f.ReadRows(name, first, count)).Should().Throw<ArgumentOutOfRangeException>()
                .WithMessage($"*'{name}'*rows*");
    }

    [Fact]
    public void Reports_a_file_that_was_truncated_after_it_was_opened()
    {
        SafetensorsFile.Write(file.Path, [("w", ones(1000))]);
        using var read = SafetensorsFile.Open(file.Path);
        using (var cut = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            cut.SetLength(cut.Length - 100);

        read.Invoking(f => f.Read("w")).Should().Throw<EndOfStreamException>().WithMessage("*ends inside the tensor 'w'*");
    }

    [Fact]
    public void Reads_into_a_transposed_view()
    {
        SafetensorsFile.Write(file.Path, [("w", arange(6, ScalarType.Float32).reshape(2, 3))]);
        var owner = zeros(3, 2);
        using var read = SafetensorsFile.Open(file.Path);

        read.ReadInto("w", owner.t());

        owner.Equals(arange(6, ScalarType.Float32).reshape(2, 3).t()).Should().BeTrue();
    }

    [Fact]
    public void Converts_only_when_asked()
    {
        SafetensorsFile.Write(file.Path, [("w", ones(2, ScalarType.BFloat16))]);
        var destination = zeros(2);
        using var read = SafetensorsFile.Open(file.Path);

        var unasked = () => read.ReadInto("w", destination);
        unasked.Should().Throw<SafetensorsException>().WithMessage("*'w' is BFloat16*Float32*Allow conversion*");
        read.ReadInto("w", destination, convert: true);

        destination.Equals(ones(2)).Should().BeTrue();
    }

    [Fact]
    public void Refuses_another_shape_an_unknown_name_and_the_meta_device()
    {
        SafetensorsFile.Write(file.Path, [("w", ones(2, 3))]);
        using var read = SafetensorsFile.Open(file.Path);

        var shape = () => read.ReadInto("w", zeros(3, 2));
        var name = () => read.Read("v");
        var meta = () => read.ReadInto("w", empty(2, 3, device: new Device(DeviceType.META)));

        shape.Should().Throw<SafetensorsException>().WithMessage("*[2, 3]*[3, 2]*");
        name.Should().Throw<SafetensorsException>().WithMessage("*no tensor 'v'; the file has w.");
        meta.Should().Throw<SafetensorsException>().WithMessage("*meta*no memory*");
    }

    [Fact]
    public void Refuses_to_write_duplicate_reserved_and_unsupported_tensors()
    {
        var duplicate = () => SafetensorsFile.Write(file.Path, [("w", ones(1)), ("w", ones(1))]);
        var reserved = () => SafetensorsFile.Write(file.Path, [("__metadata__", ones(1))]);
        var type = () => SafetensorsFile.Write(file.Path, [("w", ones(1, ScalarType.ComplexFloat64))]);
        var meta = () => SafetensorsFile.Write(file.Path, [("w", ones(1, device: new Device(DeviceType.META)))]);

        duplicate.Should().Throw<ArgumentException>().WithMessage("*'w' is given twice*");
        reserved.Should().Throw<ArgumentException>().WithMessage("*__metadata__*");
        type.Should().Throw<ArgumentException>().WithMessage("*ComplexFloat64*C64*");
        meta.Should().Throw<ArgumentException>().WithMessage("*meta*no values*");
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(file.Path)!).Should().BeEmpty();
    }

    [Fact]
    public void Replaces_a_file_as_a_whole_and_leaves_nothing_beside_it()
    {
        SafetensorsFile.Write(file.Path, [("old", ones(100))]);
        SafetensorsFile.Write(file.Path, [("new", ones(1))]);

        using var read = SafetensorsFile.Open(file.Path);
        read.Tensors.Keys.Should().Equal("new");
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(file.Path)!).Should().ContainSingle();
    }

    [Fact]
    public void A_file_that_cannot_be_renamed_leaves_nothing_beside_it()
    {
        // A folder is in its place.
        string taken = Directory.CreateDirectory(file.Path).FullName;

        Action write = () => SafetensorsFile.Write(taken, [("a", ones(2))]);

        write.Should().Throw<SystemException>();
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(taken)!).Should().Equal(taken);
    }

    [Fact]
    public void Lists_types_that_torch_lacks_and_refuses_to_read_them()
    {
        file.With("""{"f8":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"f4":{"dtype":"F4","shape":[4],"data_offsets":[2,4]}}""", 4);
        using var read = SafetensorsFile.Open(file.Path);

        read.Tensors["f8"].DType.Should().Be(SafetensorsDType.F8_E4M3);
        var act = () => read.Read("f8");
        act.Should().Throw<SafetensorsException>()
            .WithMessage("*'f8' is F8_E4M3, which TorchSharp does not support; it supports BOOL, U8,*");
    }

    [Fact]
    public void Holds_no_tensors_and_metadata_alone()
    {
        SafetensorsFile.Write(file.Path, []);
        using var read = SafetensorsFile.Open(file.Path);
        read.Tensors.Should().BeEmpty();
        read.Metadata.Should().ContainKey("format");
    }

    [Fact]
    public void A_tensor_outlives_the_file_and_a_closed_file_refuses()
    {
        SafetensorsFile.Write(file.Path, [("w", ones(2))]);
        var read = SafetensorsFile.Open(file.Path);
        var tensor = read.Read("w");
        read.Dispose();

        tensor.Equals(ones(2)).Should().BeTrue();
        var act = () => read.Read("w");
        act.Should().Throw<ObjectDisposedException>();
    }

    // Needs 2 GiB of disk in the temporary folder for a moment.
    [Fact]
    [Trait("Category", "Slow")]
    public void A_tensor_above_2_GiB_is_written_and_read()
    {
        const long Length = (1L << 31) + 5;
        // The operating system gives pages of zeros only when touched, so what is kept in memory is small.
        var big = zeros(Length, ScalarType.Byte);
        big[Length - 1] = (byte)7;
        big[(1L << 30) + 1] = (byte)3;
        SafetensorsFile.Write(file.Path, [("big", big)]);
        big.Dispose();

        using var read = SafetensorsFile.Open(file.Path);
        var copy = read.Read("big");
        copy[Length - 1].item<byte>().Should().Be(7);
        copy[(1L << 30) + 1].item<byte>().Should().Be(3);
        copy[0].item<byte>().Should().Be(0);
    }
}
