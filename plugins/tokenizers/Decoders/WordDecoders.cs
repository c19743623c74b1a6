namespace Tenon.Tokenizers.Decoders;

/// <summary>Joins word pieces, with a space before each word.</summary>
/// <param name="prefix">Marks a token that continues a word.</param>
/// <param name="cleanUp">Whether to omit the space before periods, commas and the like.</param>
internal sealed class WordPieceDecoder(string prefix, bool cleanUp) : Decoder
{
    // The Hugging Face decoder does not put a space before these.
    private static readonly HashSet<string> Attached = [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"];

    public override Decoding Begin(Action<string> emit) => new State(prefix, cleanUp, emit);

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst) => Map(token, text => Text(text, prefix, cleanUp, isFirst));

    private static string Text(string token, string prefix, bool cleanUp, bool isFirst) =>
        !isFirst && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..]
        : isFirst || (cleanUp && Attached.Contains(token)) ? token : " " + token;

    private sealed class State(string prefix, bool cleanUp, Action<string> emit) : Decoding
    {
        private bool _started;

        public override void Add(string token, bool added)
        {
            emit(Text(token, prefix, cleanUp, isFirst: !_started));
            _started |= token.Length > 0;
        }
    }
}

/// <summary>Turns SentencePiece's marks back into spaces and drops the mark that the pre-tokenizer put at the start.</summary>
/// <param name="mark">The character for a space.</param>
/// <param name="dropsFirst">Whether the first token's marks are dropped.</param>
internal sealed class MetaspaceDecoder(char mark, bool dropsFirst) : Decoder
{
    public override Decoding Begin(Action<string> emit) => new State(mark, dropsFirst, emit);

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst) => Map(token, text => Text(text, mark, isFirst && dropsFirst));

    private static string Text(string token, char mark, bool drops) =>
        drops ? token.Replace($"{mark}", "", StringComparison.Ordinal) : token.Replace(mark, ' ');

    private sealed class State(char mark, bool dropsFirst, Action<string> emit) : Decoding
    {
        private bool _started;

        public override void Add(string token, bool added)
        {
            emit(Text(token, mark, !_started && dropsFirst));
            _started = true;
        }
    }
}

/// <summary>Removes a character from the start of the whole text, at most <paramref name="count"/> times.</summary>
internal sealed class LeadingStripDecoder(char content, int count) : Decoder
{
    public override Decoding Begin(Action<string> emit) => new State(content, count, emit);

    // With more than one character to remove, the second token may lose some, too.
    public override byte[]? Bytes(byte[] token, bool added, bool isFirst)
    {
        if (count > 1 || !char.IsAscii(content))
            return null;
        return isFirst && count == 1 && token.Length > 0 && token[0] == content ? token[1..] : token;
    }

    private sealed class State(char content, int count, Action<string> emit) : Decoding
    {
        private int _left = count;

        public override void Add(string token, bool added)
        {
            var start = 0;
            while (_left > 0 && start < token.Length)
            {
                if (token[start] == content)
                    (start, _left) = (start + 1, _left - 1);
                else
                    _left = 0;
            }

            emit(token[start..]);
        }
    }
}
