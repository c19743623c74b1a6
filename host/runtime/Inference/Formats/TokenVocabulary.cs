using System.Runtime.CompilerServices;

namespace Tenon.Host.Inference.Formats;

/// <summary>The bytes of a tokenizer's tokens, as the first token of a text and after others. Thread-safe.</summary>
internal sealed class TokenVocabulary
{
    private static readonly ConditionalWeakTable<ITokenizer, TokenVocabulary> Known = [];

    private readonly byte[][] _first;
    private readonly byte[][] _others;
    private readonly TokenTrie _firstTrie;
    private readonly TokenTrie _otherTrie;
    private readonly bool[] _all;

    private TokenVocabulary(ITokenizer tokenizer)
    {
        _others = Bytes(tokenizer, isFirst: false);
        _first = Bytes(tokenizer, isFirst: true);
        _otherTrie = new TokenTrie(_others);
        bool isSame = _first.Zip(_others).All(token => token.First.AsSpan().SequenceEqual(token.Second));
        _firstTrie = isSame ? _otherTrie : new TokenTrie(_first);
        _all = new bool[_others.Length];
        foreach (int id in _otherTrie.Ids)
            _all[id] = true;
    }

    /// <summary>Returns the vocabulary of a tokenizer, which is built once.</summary>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public static TokenVocabulary Of(ITokenizer tokenizer) => Known.GetValue(tokenizer, key => new TokenVocabulary(key));

    /// <summary>The bytes of a token; empty if the id is not a token.</summary>
    /// <param name="id">The token.</param>
    /// <param name="isFirst">Whether it is the first token of the text.</param>
    public ReadOnlySpan<byte> Bytes(int id, bool isFirst) => (uint)id < (uint)_others.Length ? (isFirst ? _first : _others)[id] : [];

    /// <summary>Finds the tokens that may come next.</summary>
    /// <param name="node">The node of the text so far.</param>
    /// <param name="isFirst">Whether the text has no token.</param>
    public TokenMask Find(FormatNode node, bool isFirst)
    {
        List<int> allowed = (isFirst ? _firstTrie : _otherTrie).Find(node);
        if (isFirst || allowed.Count <= _otherTrie.Ids.Count / 2)
            return new TokenMask([.. allowed], null);
        HashSet<int> found = [.. allowed];
        return new TokenMask([.. _otherTrie.Ids.Where(id => !found.Contains(id))], _all);
    }

    private static byte[][] Bytes(ITokenizer tokenizer, bool isFirst) => [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(
        id => tokenizer.TokenBytes(id, isFirst) ?? throw new ModelException(
            $"The tokenizer does not know the bytes of its token {id} ('{tokenizer.TokenText(id)}'), so the format of a text cannot be " +
            "set. Generate without a format."))];
}
