namespace Tenon.Host.Evaluation.Baselines;

/// <summary>
/// The Levenshtein distance from one text to others: the least number of characters to insert, delete or replace. A column of the table of
/// distances is computed in words of 64 bits (Myers 1999, with the blocks of section 4).
/// </summary>
internal sealed class EditDistance
{
    private const int WordBits = 64;
    private const int Ascii = 128;

    private readonly int _length;
    private readonly int _blocks;
    // For each character of the text, the positions at which it occurs, a bit each.
    private readonly ulong[]?[] _ascii = new ulong[]?[Ascii];
    private readonly Dictionary<char, ulong[]> _others = [];
    private readonly ulong[] _nowhere;
    // Where the distance in the current column increases or decreases from one row to the next, a bit for each row.
    private readonly ulong[] _increases;
    private readonly ulong[] _decreases;

    /// <summary>Prepares a text.</summary>
    /// <param name="text">The text.</param>
    public EditDistance(string text)
    {
        _length = text.Length;
        _blocks = (text.Length + WordBits - 1) / WordBits;
        (_nowhere, _increases, _decreases) = (new ulong[_blocks], new ulong[_blocks], new ulong[_blocks]);
        foreach ((int index, char character) in text.Index())
        {
            ulong[] positions = Positions(character);
            if (ReferenceEquals(positions, _nowhere))
            {
                positions = new ulong[_blocks];
                if (character < Ascii)
                    _ascii[character] = positions;
                else
                    _others[character] = positions;
            }

            positions[index / WordBits] |= 1UL << index % WordBits;
        }
    }

    /// <summary>Returns the distance to another text.</summary>
    public int To(string other)
    {
        if (_length == 0)
            return other.Length;
        Array.Fill(_increases, ulong.MaxValue);
        Array.Clear(_decreases);
        int distance = _length;
        foreach (char character in other)
            distance += Advance(Positions(character));
        return distance;
    }

    /// <summary>1 − distance / length of the longer text: 1 for equal texts, 0 if no character can be kept.</summary>
    public double Similarity(string other)
    {
        int longest = Math.Max(_length, other.Length);
        return longest == 0 ? 1 : 1 - (double)To(other) / longest;
    }

    private ulong[] Positions(char character) =>
        (character < Ascii ? _ascii[character] : _others.GetValueOrDefault(character)) ?? _nowhere;

    // Computes the next column, and returns how its last distance differs from that of the column before it.
    private int Advance(ulong[] positions)
    {
        int carry = 1; // the first row of the table counts the characters of the other text
        for (int block = 0; block < _blocks; block++)
        {
            (ulong increases, ulong decreases, ulong equal) = (_increases[block], _decreases[block], positions[block]);
            ulong vertical = equal | decreases;
            if (carry < 0)
                equal |= 1;
            ulong horizontal = (((equal & increases) + increases) ^ increases) | equal;
            ulong more = decreases | ~(horizontal | increases), less = increases & horizontal;
            ulong last = 1UL << (block == _blocks - 1 ? (_length - 1) % WordBits : WordBits - 1);
            int next = (more & last) != 0 ? 1 : (less & last) != 0 ? -1 : 0;
            more = more << 1 | (carry > 0 ? 1UL : 0);
            less = less << 1 | (carry < 0 ? 1UL : 0);
            _increases[block] = less | ~(vertical | more);
            _decreases[block] = more & vertical;
            carry = next;
        }

        return carry;
    }
}
