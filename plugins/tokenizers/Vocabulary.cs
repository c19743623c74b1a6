namespace Tenon.Tokenizers;

/// <summary>A token that is matched in the text itself, before the model splits it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its spelling.</param>
/// <param name="Special">Whether it is matched only on request and omitted from decoded text.</param>
/// <param name="LeftStrip">Whether it absorbs the white space before it.</param>
/// <param name="RightStrip">Whether it absorbs the white space after it.</param>
/// <param name="SingleWord">Whether it is matched only if it is not adjacent to a letter or digit.</param>
/// <param name="Normalized">Whether it is matched in the normalized text.</param>
internal sealed record AddedToken(
    int Id, string Content, bool Special, bool LeftStrip = false, bool RightStrip = false, bool SingleWord = false,
    bool Normalized = false);

/// <summary>The spellings of all tokens, including added ones, and the roles of special tokens.</summary>
internal sealed class Vocabulary
{
    private readonly IReadOnlySet<int> _beyondModel;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, AddedToken> _addedById;

    /// <summary>Creates a vocabulary.</summary>
    /// <param name="tokens">Spellings by id; each appears once.</param>
    /// <param name="added">The added tokens, each of which is in <paramref name="tokens"/>.</param>
    /// <param name="special">The roles of special tokens.</param>
    /// <param name="beyondModel">Ids of added tokens that the model's own vocabulary does not have, or null for none.</param>
    public Vocabulary(
        IReadOnlyList<string> tokens, IEnumerable<AddedToken> added, SpecialTokens special, IReadOnlySet<int>? beyondModel = null)
    {
        _beyondModel = beyondModel ?? new HashSet<int>();
        Tokens = tokens;
        Added = [.. added.OrderBy(token => token.Id)];
        Special = special;
        _ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (var id = 0; id < tokens.Count; id++)
            _ids.Add(tokens[id], id);
        _addedById = Added.ToDictionary(token => token.Id);
    }

    public IReadOnlyList<string> Tokens { get; }

    public IReadOnlyList<AddedToken> Added { get; }

    public SpecialTokens Special { get; }

    public int Count => Tokens.Count;

    /// <summary>Finds a token that the model may use, not one that is only matched in the text itself.</summary>
    public bool TryFind(ReadOnlySpan<char> spelling, out int id) => Lookup.TryGetValue(spelling, out id) && IsOfModel(id);

    /// <summary>Whether the model's own vocabulary has a token.</summary>
    public bool IsOfModel(int id) => _beyondModel.Count == 0 || !_beyondModel.Contains(id);

    /// <summary>Ids by spelling, for spans.</summary>
    public Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Lookup => _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The ids of <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, or null unless all are there.</summary>
    public int[]? Bytes
    {
        get
        {
            int?[] ids = [.. Enumerable.Range(0, 256).Select(value => Id($"<0x{value:X2}>"))];
            return ids.All(id => id is not null) ? [.. ids.Select(id => id!.Value)] : null;
        }
    }

    public string Text(int id) => Tokens[Checked(id)];

    public int? Id(string text) => _ids.TryGetValue(text, out var id) ? id : null;

    /// <summary>The added token with this id, or null.</summary>
    public AddedToken? AddedAt(int id) => _addedById.GetValueOrDefault(id);

    public int Checked(int id) => (uint)id < (uint)Tokens.Count
        ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 to {Tokens.Count - 1}.");
}
