using System.Buffers.Binary;
using System.Text;

namespace Tenon.Tokenizers.SentencePiece;

/// <summary>The type of a piece in a SentencePiece model.</summary>
internal enum PieceType
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Represents characters that are in no piece.</summary>
    Unknown = 2,

    /// <summary>A mark such as <c>&lt;s&gt;</c>, never found in text.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>Not used.</summary>
    Unused = 5,

    /// <summary>A byte, spelled <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>A piece of a SentencePiece model.</summary>
/// <param name="Text">Its spelling, with ▁ for spaces.</param>
/// <param name="Score">Its log probability, or for BPE the negative rank of its merge.</param>
/// <param name="Type">Its type.</param>
internal readonly record struct ModelPiece(string Text, float Score, PieceType Type);

/// <summary>
/// A SentencePiece model (Kudo and Richardson 2018): the part of the message <c>ModelProto</c> of
/// <c>sentencepiece_model.proto</c> that encoding needs.
/// </summary>
internal sealed class ModelFile
{
    private const int Unigram = 1, Pairs = 2;

    /// <summary>The pieces by id.</summary>
    public List<ModelPiece> Pieces { get; } = [];

    /// <summary>Whether pieces are found by merging pairs instead of by the unigram model.</summary>
    public bool IsPairs { get; private set; }

    /// <summary>Whether unknown characters become bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>The precompiled character map; empty for none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <summary>Whether a space is added before a text.</summary>
    public bool AddsPrefix { get; private set; } = true;

    /// <summary>Whether runs of spaces become one, and spaces at the ends are removed.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Ids of the unknown, begin, end and padding pieces; −1 for none.</summary>
    public int[] SpecialIds { get; } = [0, 1, 2, -1];

    /// <summary>Reads a model.</summary>
    /// <param name="file">Used in messages.</param>
    /// <param name="content">The file's bytes.</param>
    /// <exception cref="DataException">The content is not a model, or a model of an unsupported kind.</exception>
    public static ModelFile Read(string file, byte[] content)
    {
        var model = new ModelFile();
        var type = Unigram;
        try
        {
            foreach (var (field, value) in new ProtobufReader(content).Fields())
            {
                if (field == 1)
                    model.Pieces.Add(Piece(value.Bytes));
                else if (field == 2)
                    model.ReadTrainer(value.Bytes, ref type);
                else if (field == 3)
                    model.ReadNormalizer(value.Bytes);
            }
        }
        catch (FormatException e)
        {
            throw new DataException($"{file} is not a SentencePiece model: {e.Message} Download it again.", e);
        }

        if (type is not (Unigram or Pairs))
            throw new DataException($"{file} has a model of type {type}; supported: 1 (unigram) and 2 (BPE).");
        if (model.Pieces.Count == 0)
            throw new DataException($"{file} is not a SentencePiece model: it has no pieces. Download it again.");
        if (model.Pieces.FindIndex(piece => piece.Text.Length == 0) is var empty and >= 0)
            throw new DataException($"{file}: the piece {empty} is empty; a piece has at least one character. Download it again.");
        if (model.Pieces.FindIndex(piece => !float.IsFinite(piece.Score)) is var odd and >= 0)
            throw new DataException($"{file}: the piece {odd} has the score {model.Pieces[odd].Score}, which is not finite. Download it " +
                "again.");
        model.IsPairs = type == Pairs;
        return model;
    }

    private static ModelPiece Piece(ReadOnlyMemory<byte> message)
    {
        var piece = new ModelPiece("", 0, PieceType.Normal);
        foreach (var (field, value) in new ProtobufReader(message).Fields())
        {
            piece = field switch
            {
                1 => piece with { Text = Utf8(value.Bytes) },
                2 => piece with { Score = BitConverter.UInt32BitsToSingle((uint)value.Number) },
                3 => piece with { Type = (PieceType)value.Number },
                _ => piece,
            };
        }

        return piece;
    }

    private void ReadTrainer(ReadOnlyMemory<byte> message, ref int type)
    {
        foreach (var (field, value) in new ProtobufReader(message).Fields())
        {
            if (field == 3)
                type = (int)value.Number;
            else if (field == 24 && value.Number != 0)
                throw new FormatException("treat_whitespace_as_suffix is set, which is not supported.");
            else if (field == 35)
                ByteFallback = value.Number != 0;
            else if (field is >= 40 and <= 43)
                SpecialIds[field - 40] = (int)(long)value.Number;
        }
    }

    private void ReadNormalizer(ReadOnlyMemory<byte> message)
    {
        foreach (var (field, value) in new ProtobufReader(message).Fields())
        {
            if (field == 2)
                CharacterMap = value.Bytes.ToArray();
            else if (field == 3)
                AddsPrefix = value.Number != 0;
            else if (field == 4)
                RemovesExtraSpaces = value.Number != 0;
            else if (field == 5 && value.Number == 0)
                throw new FormatException("escape_whitespaces is false, which is not supported.");
        }
    }

    private static string Utf8(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException("a piece is not UTF-8.");
        }
    }
}

/// <summary>A value of a protobuf field: a number, or bytes.</summary>
internal readonly record struct ProtobufValue(ulong Number, ReadOnlyMemory<byte> Bytes);

/// <summary>Reads the fields of a protobuf message (wire types 0, 1, 2 and 5).</summary>
internal sealed class ProtobufReader(ReadOnlyMemory<byte> message)
{
    /// <summary>The fields in order.</summary>
    /// <exception cref="FormatException">The bytes are not a message.</exception>
    public IEnumerable<(int Field, ProtobufValue Value)> Fields()
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(ref at);
            yield return ((int)(tag >> 3), Value((int)(tag & 7), ref at));
        }
    }

    private ProtobufValue Value(int wireType, ref int at) => wireType switch
    {
        0 => new ProtobufValue(Varint(ref at), default),
        1 => new ProtobufValue(BinaryPrimitives.ReadUInt64LittleEndian(Take(8, ref at).Span), default),
        2 => new ProtobufValue(0, Take(Varint(ref at), ref at)),
        5 => new ProtobufValue(BinaryPrimitives.ReadUInt32LittleEndian(Take(4, ref at).Span), default),
        _ => throw new FormatException($"byte {at} has the wire type {wireType}."),
    };

    private ulong Varint(ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1, ref at).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new FormatException($"byte {at} ends a number of more than 64 bits.");
    }

    private ReadOnlyMemory<byte> Take(ulong length, ref int at)
    {
        if (length > (ulong)(message.Length - at))
            throw new FormatException($"byte {at} starts {length} bytes, but {message.Length - at} are left.");
        var bytes = message.Slice(at, (int)length);
        at += (int)length;
        return bytes;
    }
}
