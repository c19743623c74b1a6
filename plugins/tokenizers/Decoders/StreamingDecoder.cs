using System.Text;

namespace Tenon.Tokenizers.Decoders;

/// <summary>Decodes ids one at a time.</summary>
internal sealed class StreamingDecoder : IStreamingDecoder
{
    private readonly Action<int, Decoding> _decode;
    private readonly Decoding _decoding;
    private readonly StringBuilder _text = new();

    /// <summary>Starts a sequence.</summary>
    /// <param name="decoder">Turns tokens into text.</param>
    /// <param name="decode">Passes on the token of an id, unless the token is hidden.</param>
    public StreamingDecoder(Decoder decoder, Action<int, Decoding> decode)
    {
        _decode = decode;
        _decoding = decoder.Begin(piece => _text.Append(piece));
    }

    public string Add(int id)
    {
        _decode(id, _decoding);
        return Take();
    }

    public string Flush()
    {
        _decoding.Flush();
        return Take();
    }

    private string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text;
    }
}
