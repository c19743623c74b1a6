namespace Tenon.Tokenizers.Files;

/// <summary>The names of special tokens in <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>.</summary>
internal static class SpecialTokenNames
{
    public const string ConfigFile = "tokenizer_config.json";
    public const string MapFile = "special_tokens_map.json";

    // The conventional spellings, for folders whose files do not name special tokens.
    private static readonly (string Name, Func<SpecialTokens, int?> Get, Func<SpecialTokens, int, SpecialTokens> With,
        string[] Spellings)[] Table =
    [
        ("bos_token", s => s.BeginOfText, (s, id) => s with { BeginOfText = id }, ["<s>", "<|endoftext|>"]),
        ("eos_token", s => s.EndOfText, (s, id) => s with { EndOfText = id }, ["</s>", "<|endoftext|>"]),
        ("unk_token", s => s.Unknown, (s, id) => s with { Unknown = id }, ["[UNK]", "<unk>"]),
        ("sep_token", s => s.Separator, (s, id) => s with { Separator = id }, ["[SEP]"]),
        ("pad_token", s => s.Pad, (s, id) => s with { Pad = id }, ["[PAD]", "<pad>"]),
        ("cls_token", s => s.Classify, (s, id) => s with { Classify = id }, ["[CLS]"]),
        ("mask_token", s => s.Mask, (s, id) => s with { Mask = id }, ["[MASK]", "<mask>"]),
    ];

    /// <summary>The special tokens that are defined, by their names in files.</summary>
    public static IEnumerable<(string Name, int Id)> Present(SpecialTokens special)
    {
        foreach (var (name, get, _, _) in Table)
        {
            if (get(special) is { } id)
                yield return (name, id);
        }
    }

    /// <summary>Completes a vocabulary with the special tokens in the folder's files.</summary>
    /// <param name="folder">Used in messages.</param>
    /// <param name="files">The folder's files; both are optional.</param>
    /// <param name="tokens">Spellings by id.</param>
    /// <param name="added">The added tokens known so far.</param>
    /// <param name="beyondModel">Ids of those that the model's own vocabulary does not have, or null for none.</param>
    /// <exception cref="DataException">A file is malformed, or names a token that the vocabulary does not have.</exception>
    public static Vocabulary Complete(
        string folder, TokenizerFiles files, IReadOnlyList<string> tokens, IEnumerable<AddedToken> added,
        IReadOnlySet<int>? beyondModel = null)
    {
        var ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (var id = 0; id < tokens.Count; id++)
            ids.Add(tokens[id], id);
        JsonSection?[] sections = [files.Json(folder, ConfigFile), files.Json(folder, MapFile)];
        var special = new SpecialTokens();
        foreach (var (name, _, with, _) in Table)
        {
            if (sections.Select(file => file?.Child(name)).FirstOrDefault(value => value is not null) is not { } value)
                continue;
            // Either the spelling, or an object that contains it.
            var spelling = (value.Value.ValueKind == System.Text.Json.JsonValueKind.Object ? value.Required("content") : value).AsText();
            special = with(special, ids.TryGetValue(spelling, out var id)
                ? id
                : throw value.Error(
                    $"is '{spelling}', which is not in the vocabulary of {tokens.Count} tokens; add it to the vocabulary or correct " +
                    "the name"));
        }

        if (!Present(special).Any())
        {
            foreach (var (_, _, with, spellings) in Table)
            {
                if (spellings.FirstOrDefault(ids.ContainsKey) is { } spelling)
                    special = with(special, ids[spelling]);
            }
        }

        var all = added.DistinctBy(token => token.Id).ToDictionary(token => token.Id);
        foreach (var (_, id) in Present(special))
            all.TryAdd(id, new AddedToken(id, tokens[id], Special: true));
        return new Vocabulary(tokens, all.Values, special, beyondModel);
    }
}
