using System.Text;

namespace Tenon.Host.Tests.Inference.Formats;

/// <summary>A tokenizer with given tokens after one that ends a text. A piece of one byte may be a part of a character.</summary>
internal sealed class PieceTokenizer(params byte[][] pieces) : ITokenizer
{
    /// <summary>One token per text.</summary>
    public static PieceTokenizer Of(params string[] pieces) => new(Array.ConvertAll(pieces, Encoding.UTF8.GetBytes));

    /// <summary>One token per byte, and some of several.</summary>
    public static PieceTokenizer Bytes { get; } = new(
    [
        .. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }),
        .. new[] { "\":", "\"}", "\": ", "{\"", "true", "00", "é", "aa" }.Select(Encoding.UTF8.GetBytes),
    ]);

    public int VocabularySize => 1 + pieces.Length;

    public SpecialTokens Special { get; } = new() { EndOfText = 0 };

    public string Fingerprint => "pieces";

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) => throw new NotSupportedException();

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) =>
        Encoding.UTF8.GetString([.. ids.SelectMany(id => TokenBytes(id, isFirst: false))]);

    public string TokenText(int id) => id == 0 ? "<end>" : Convert.ToHexString(pieces[id - 1]);

    public int? TokenId(string tokenText) => throw new NotSupportedException();

    public byte[] TokenBytes(int id, bool isFirst) => id == 0 ? [] : pieces[id - 1];

    public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException();

    public void Save(string folder) => throw new NotSupportedException();
}
