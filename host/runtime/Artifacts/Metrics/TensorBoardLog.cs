using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;

namespace Tenon.Host.Artifacts.Metrics;

/// <summary>
/// Scalars in TensorBoard's format: TFRecords (length, masked CRC-32C, data, masked CRC-32C; tensorflow's <c>record_writer.h</c>)
/// of the message <c>tensorflow.Event</c> (<c>event.proto</c>, <c>summary.proto</c>).
/// </summary>
internal sealed class TensorBoardLog : IDisposable
{
    private const string Prefix = "events.out.tfevents.";

    // The length and two checksums.
    private const int RecordFrame = sizeof(ulong) + 2 * sizeof(uint);

    private readonly FileStream stream;
    private readonly TimeProvider clock;

    /// <summary>Opens the events file of a folder for appending.</summary>
    /// <param name="folder">An existing folder. Its events file is used, or a new one is created.</param>
    /// <param name="length">Bytes to keep; the rest is truncated.</param>
    /// <param name="clock">Source of event times.</param>
    public TensorBoardLog(string folder, long length, TimeProvider clock)
    {
        this.clock = clock;
        // TensorBoard finds the file by its prefix and sorts by the time after it.
        string path = Directory.GetFiles(folder, Prefix + "*").Order(StringComparer.Ordinal).FirstOrDefault()
            ?? Path.Combine(folder,
                string.Create(CultureInfo.InvariantCulture, $"{Prefix}{clock.GetUtcNow().ToUnixTimeSeconds():D10}.tenon"));
        LogFile.CutOff(path, length, WholeRecords);
        stream = LogFile.Append(path);
        if (stream.Length == 0)
            WriteRecord(Event(step: null, message => Field(message, 3, "brain.Event:2")));
    }

    /// <summary>Bytes written so far.</summary>
    public long Length => stream.Length;

    /// <summary>Writes the metrics of a step as one event.</summary>
    /// <param name="step">The step.</param>
    /// <param name="figures">Values by tag.</param>
    public void Write(long step, IReadOnlyDictionary<string, double> figures)
    {
        ByteString summary = Message(message =>
        {
            foreach ((string tag, double value) in figures)
            {
                Field(message, 1, Message(entry =>
                {
                    Field(entry, 1, tag);
                    entry.WriteTag(2, WireFormat.WireType.Fixed32);
                    entry.WriteFloat((float)value);
                }));
            }
        });
        WriteRecord(Event(step, message => Field(message, 5, summary)));
        stream.Flush();
    }

    /// <summary>Flushes to disk.</summary>
    public void Sync() => DiskFlush.File(stream);

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>
    /// Computes a CRC-32C (Castagnoli), rotated and shifted (masked), because the CRC of data that contains CRCs is weak.
    /// </summary>
    /// <param name="data">The bytes covered.</param>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private static long WholeRecords(Stream stream)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        long whole = 0;
        while (stream.Length - whole >= RecordFrame)
        {
            stream.Position = whole;
            stream.ReadExactly(number);
            ulong data = BinaryPrimitives.ReadUInt64LittleEndian(number);
            if (data > (ulong)(stream.Length - whole - RecordFrame))
                break;
            whole += (long)data + RecordFrame;
        }

        return whole;
    }

    private ByteString Event(long? step, Action<CodedOutputStream> content) => Message(message =>
    {
        message.WriteTag(1, WireFormat.WireType.Fixed64);
        message.WriteDouble(clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
        if (step is { } number)
        {
            message.WriteTag(2, WireFormat.WireType.Varint);
            message.WriteInt64(number);
        }

        content(message);
    });

    private void WriteRecord(ByteString data)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)data.Length);
        stream.Write(number);
        WriteCrc(number);
        stream.Write(data.Span);
        WriteCrc(data.Span);
    }

    private void WriteCrc(ReadOnlySpan<byte> data)
    {
        Span<byte> crc = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(crc, MaskedCrc(data));
        stream.Write(crc);
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var message = new CodedOutputStream(buffer, leaveOpen: true))
            write(message);
        return ByteString.CopyFrom(buffer.ToArray());
    }

    private static void Field(CodedOutputStream message, int number, string text)
    {
        message.WriteTag(number, WireFormat.WireType.LengthDelimited);
        message.WriteString(text);
    }

    private static void Field(CodedOutputStream message, int number, ByteString content)
    {
        message.WriteTag(number, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(content);
    }
}
