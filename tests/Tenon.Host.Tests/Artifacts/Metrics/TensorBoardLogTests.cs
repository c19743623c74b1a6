using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Host.Tests.Artifacts.Metrics;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tenon-events-").FullName;

    [Fact]
    public void Events_are_read_back()
    {
        using (var log = new TensorBoardLog(folder, 0, TimeProvider.System))
        {
            log.Write(1, new Dictionary<string, double> { ["train/loss"] = 3.5, ["rl/kl"] = double.NaN });
            log.Write(300, new Dictionary<string, double> { ["train/loss"] = 2.25 });
        }

        string file = Directory.GetFiles(folder).Should().ContainSingle().Subject;
        Path.GetFileName(file).Should().StartWith("events.out.tfevents.");
        Read(file).Should().BeEquivalentTo(
            [(0L, "brain.Event:2", 0f), (1L, "train/loss", 3.5f), (1L, "rl/kl", float.NaN), (300L, "train/loss", 2.25f)],
            options => options.WithStrictOrdering());
    }

    [Fact]
    public void What_stands_behind_a_checkpoint_is_cut_off()
    {
        long position;
        using (var log = new TensorBoardLog(folder, 0, TimeProvider.System))
        {
            log.Write(1, new Dictionary<string, double> { ["a"] = 1 });
            position = log.Length;
            log.Write(2, new Dictionary<string, double> { ["a"] = 2 });
        }

        using (var log = new TensorBoardLog(folder, position, TimeProvider.System))
            log.Write(2, new Dictionary<string, double> { ["a"] = 5 });
        Read(Directory.GetFiles(folder).Single()).Skip(1).Should().Equal((1L, "a", 1f), (2L, "a", 5f));
    }

    [Fact]
    public void A_file_that_lost_its_end_keeps_its_whole_events()
    {
        long position;
        using (var log = new TensorBoardLog(folder, 0, TimeProvider.System))
        {
            log.Write(1, new Dictionary<string, double> { ["a"] = 1 });
            log.Write(2, new Dictionary<string, double> { ["a"] = 2 });
            position = log.Length;
        }

        string file = Directory.GetFiles(folder).Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^3]);
        using (var log = new TensorBoardLog(folder, position, TimeProvider.System))
            log.Write(3, new Dictionary<string, double> { ["a"] = 3 });
        Read(file).Skip(1).Should().Equal((1L, "a", 1f), (3L, "a", 3f));
    }

    [Fact]
    public void The_checksum_is_Castagnolis_masked()
    {
        // RFC 3720, appendix B.4: 32 bytes of zero have the CRC-32C 0x8A9136AA.
        uint masked = unchecked(0xa282ead8 + ((0x8A9136AAu >> 15) | (0x8A9136AAu << 17)));
        TensorBoardLog.MaskedCrc(new byte[32]).Should().Be(masked);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static List<(long Step, string Tag, float Value)> Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        var events = new List<(long, string, float)>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)).Should().Be(TensorBoardLog.MaskedCrc(bytes.AsSpan(at, 8)));
            ReadOnlySpan<byte> data = bytes.AsSpan(at + 12, length);
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)).Should().Be(TensorBoardLog.MaskedCrc(data));
            events.AddRange(Event(data.ToArray()));
            at += 16 + length;
        }

        return events;
    }

    private static List<(long Step, string Tag, float Value)> Event(byte[] data)
    {
        var values = new List<(long, string, float)>();
        long step = 0;
        using var input = new CodedInputStream(data);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: input.ReadDouble().Should().BeGreaterThan(1.7e9); break;
                case 2: step = input.ReadInt64(); break;
                case 3: values.Add((step, Encoding.UTF8.GetString(input.ReadBytes().Span), 0)); break;
                case 5: values.AddRange(Summary(step, input.ReadBytes().ToByteArray())); break;
                default: throw new InvalidDataException($"Unknown field {tag}.");
            }
        }

        return values;
    }

    private static IEnumerable<(long Step, string Tag, float Value)> Summary(long step, byte[] data)
    {
        using var input = new CodedInputStream(data);
        while (input.ReadTag() != 0)
        {
            using var value = new CodedInputStream(input.ReadBytes().ToByteArray());
            value.ReadTag();
            string name = value.ReadString();
            value.ReadTag();
            yield return (step, name, value.ReadFloat());
        }
    }
}
