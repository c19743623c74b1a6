using System.Globalization;
using System.Text;
using Tenon.Tokenizers.BytePair;

namespace Tenon.Tokenizers.Decoders;

/// <summary>Decodes tokens in GPT-2's spelling of bytes; added tokens are text. Bytes that are not UTF-8 become U+FFFD.</summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override Decoding Begin(Action<string> emit) => new State(emit);

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst) =>
        !added && ByteAlphabet.Bytes(Encoding.UTF8.GetString(token)) is { } bytes ? bytes : token;

    private sealed class State(Action<string> emit) : Decoding
    {
        private readonly Utf8Stream _stream = new(emit);

        public override void Add(string token, bool added) =>
            _stream.Add(!added && ByteAlphabet.Bytes(token) is { } bytes ? bytes : Encoding.UTF8.GetBytes(token));

        public override void Flush() => _stream.Flush();
    }
}

/// <summary>Decodes runs of bytes spelled <c>&lt;0xE2&gt;</c>. Bytes that are not UTF-8 become U+FFFD.</summary>
internal sealed class ByteFallbackDecoder : Decoder
{
    public override Decoding Begin(Action<string> emit) => new State(emit);

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst) =>
        Value(Encoding.UTF8.GetString(token)) is { } value ? [value] : token;

    private static byte? Value(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    private sealed class State(Action<string> emit) : Decoding
    {
        private readonly Utf8Stream _stream = new(emit);

        public override void Add(string token, bool added)
        {
            if (Value(token) is { } value)
            {
                _stream.Add([value]);
                return;
            }

            _stream.Flush();
            emit(token);
        }

        public override void Flush() => _stream.Flush();
    }
}

/// <summary>Decodes UTF-8 that arrives in pieces: keeps the first bytes of a character until the rest arrives.</summary>
internal sealed class Utf8Stream(Action<string> emit)
{
    private readonly System.Text.Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => Convert(bytes, flush: false);

    /// <summary>Ends an incomplete character with U+FFFD.</summary>
    public void Flush() => Convert([], flush: true);

    private void Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        var chars = new char[_utf8.GetCharCount(bytes, flush)];
        var count = _utf8.GetChars(bytes, chars, flush);
        if (count > 0)
            emit(new string(chars, 0, count));
    }
}
