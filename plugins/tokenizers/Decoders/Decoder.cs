using System.Text;
using System.Text.Unicode;

namespace Tenon.Tokenizers.Decoders;

/// <summary>Turns tokens back into text, one at a time.</summary>
internal abstract class Decoder
{
    /// <summary>Starts decoding a sequence.</summary>
    /// <param name="emit">Receives text as soon as its characters are complete.</param>
    public abstract Decoding Begin(Action<string> emit);

    /// <summary>The bytes that a token adds to a text; null if they depend on more than the token and whether it is the first.</summary>
    /// <param name="token">The UTF-8 of its spelling, or the output of an earlier stage, which may be a part of a character.</param>
    /// <param name="added">Whether it is an added token.</param>
    /// <param name="isFirst">Whether it is the first token of the text.</param>
    public abstract byte[]? Bytes(byte[] token, bool added, bool isFirst);

    /// <summary>Applies a map of texts to the output of an earlier stage; null if that is only a part of a character.</summary>
    protected static byte[]? Map(byte[] token, Func<string, string> map) =>
        Utf8.IsValid(token) ? Encoding.UTF8.GetBytes(map(Encoding.UTF8.GetString(token))) : null;
}

/// <summary>The state of decoding one sequence.</summary>
internal abstract class Decoding
{
    /// <summary>Adds the next token.</summary>
    /// <param name="token">Its spelling in the vocabulary.</param>
    /// <param name="added">Whether it is an added token, which is spelled as text.</param>
    public abstract void Add(string token, bool added);

    /// <summary>Emits the remaining text.</summary>
    public virtual void Flush()
    {
    }
}

/// <summary>A sequence of decoders, each of which receives the output of the previous one.</summary>
internal sealed class DecoderSequence(IReadOnlyList<Decoder> stages) : Decoder
{
    public override Decoding Begin(Action<string> emit)
    {
        var states = new Decoding[stages.Count];
        for (var i = stages.Count - 1; i >= 0; i--)
            states[i] = stages[i].Begin(i == stages.Count - 1 ? emit : Next(states, i + 1));
        return new State(states, emit);

        // The output for an added token no longer counts as one: later stages treat all text alike.
        static Action<string> Next(Decoding[] states, int next) => text => states[next].Add(text, added: false);
    }

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst)
    {
        byte[]? bytes = token;
        for (var i = 0; i < stages.Count && bytes is not null; i++)
            bytes = stages[i].Bytes(bytes, added && i == 0, isFirst);
        return bytes;
    }

    private sealed class State(Decoding[] states, Action<string> emit) : Decoding
    {
        public override void Add(string token, bool added)
        {
            if (states.Length == 0)
                emit(token);
            else
                states[0].Add(token, added);
        }

        public override void Flush()
        {
            foreach (var state in states)
                state.Flush();
        }
    }
}

/// <summary>A stateless decoder, which maps each token separately.</summary>
internal sealed class MapDecoder(Func<string, string> map) : Decoder
{
    public override Decoding Begin(Action<string> emit) => new State(map, emit);

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst) => Map(token, map);

    private sealed class State(Func<string, string> map, Action<string> emit) : Decoding
    {
        public override void Add(string token, bool added) => emit(map(token));
    }
}

/// <summary>Joins tokens with spaces, as Hugging Face's library does if there is no decoder.</summary>
internal sealed class SpacedDecoder : Decoder
{
    public override Decoding Begin(Action<string> emit) => new State(emit);

    public override byte[]? Bytes(byte[] token, bool added, bool isFirst) => isFirst ? token : [(byte)' ', .. token];

    private sealed class State(Action<string> emit) : Decoding
    {
        private bool _started;

        public override void Add(string token, bool added)
        {
            emit(_started ? " " + token : token);
            _started = true;
        }
    }
}
