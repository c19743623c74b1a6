using Tenon.Tokenizers.Models;

namespace Tenon.Tokenizers.BytePair;

/// <summary>Merges of a vocabulary, validated.</summary>
internal sealed class Merges
{
    private readonly string _file;
    private readonly Vocabulary _vocabulary;

    /// <summary>Looks up the tokens.</summary>
    /// <param name="file">Used in messages.</param>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="merges">Pairs of spellings, most important first.</param>
    /// <exception cref="DataException">A merge refers to a missing token.</exception>
    public Merges(string file, Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges)
    {
        (_file, _vocabulary) = (file, vocabulary);
        var found = new List<(int, int, int)>();
        foreach (var (left, right) in merges)
            found.Add((Id(left, left, right), Id(right, left, right), Id(left + right, left, right)));
        Table = new MergeTable(found);

        int Id(string text, string left, string right) => vocabulary.Id(text) ?? throw new DataException(
            $"{file}: merge {found.Count} ('{left}' with '{right}') needs the token '{text}', which the vocabulary does not have.");
    }

    /// <summary>By pair of ids.</summary>
    public MergeTable Table { get; }

    /// <summary>The model of a byte-level vocabulary.</summary>
    /// <param name="ignoreMerges">Whether a piece that is itself a token is encoded as that token, without merging.</param>
    /// <exception cref="DataException">A byte has no token.</exception>
    public ByteLevelPairs ByteLevel(bool ignoreMerges)
    {
        foreach (var value in ByteAlphabet.Order)
        {
            if (_vocabulary.Id(ByteAlphabet.Spell(value).ToString()) is null)
            {
                throw new DataException($"{_file}: the byte 0x{value:X2} has no token ('{ByteAlphabet.Spell(value)}'). " +
                    "Byte-level vocabularies need all 256.");
            }
        }

        return new ByteLevelPairs(_vocabulary, Table, ignoreMerges);
    }
}
