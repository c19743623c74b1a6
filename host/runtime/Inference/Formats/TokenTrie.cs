namespace Tenon.Host.Inference.Formats;

/// <summary>
/// The bytes of a vocabulary as a trie, whose nodes are in preorder: the tokens that may follow are found in one pass that skips the
/// subtrees of impossible beginnings.
/// </summary>
internal sealed class TokenTrie
{
    private readonly byte[] _labels;
    private readonly int[] _depths; // 0 for the first byte of a token
    private readonly int[] _ends; // the node after the subtree
    private readonly int[] _firsts; // index of each node's first token in _ids; one more than nodes
    private readonly int[] _ids;
    private readonly int _deepest;

    /// <summary>Builds the trie.</summary>
    /// <param name="tokens">The bytes of each token, by id; tokens without bytes are omitted.</param>
    public TokenTrie(IReadOnlyList<byte[]> tokens)
    {
        List<byte> labels = [];
        List<int> depths = [], ends = [], firsts = [], ids = [];
        List<int> open = []; // nodes from the root to the last one
        byte[] previous = [];
        foreach ((byte[] bytes, int id) in Sorted(tokens))
        {
            int common = bytes.AsSpan().CommonPrefixLength(previous);
            Close(common);
            for (int depth = common; depth < bytes.Length; depth++)
            {
                open.Add(labels.Count);
                labels.Add(bytes[depth]);
                depths.Add(depth);
                ends.Add(0);
                firsts.Add(ids.Count);
            }

            ids.Add(id);
            previous = bytes;
        }

        Close(0);
        firsts.Add(ids.Count);
        (_labels, _depths, _ends, _firsts, _ids) = ([.. labels], [.. depths], [.. ends], [.. firsts], [.. ids]);
        _deepest = depths.DefaultIfEmpty(-1).Max();

        void Close(int length)
        {
            foreach (int node in open.Skip(length))
                ends[node] = labels.Count;
            open.RemoveRange(length, open.Count - length);
        }
    }

    /// <summary>The ids of all tokens with bytes.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>Returns the ids of the tokens that may come next.</summary>
    /// <param name="start">The node of the text so far.</param>
    public List<int> Find(FormatNode start)
    {
        List<int> found = [];
        var path = new FormatNode[_deepest + 2];
        path[0] = start;
        int node = 0;
        while (node < _labels.Length)
        {
            int depth = _depths[node];
            if (path[depth].Step(_labels[node]) is not { } next)
            {
                node = _ends[node];
                continue;
            }

            path[depth + 1] = next;
            for (int at = _firsts[node]; at < _firsts[node + 1]; at++)
                found.Add(_ids[at]);
            node++;
        }

        return found;
    }

    private static (byte[] Bytes, int Id)[] Sorted(IReadOnlyList<byte[]> tokens)
    {
        (byte[] Bytes, int Id)[] sorted =
            [.. tokens.Index().Where(token => token.Item.Length > 0).Select(token => (token.Item, token.Index))];
        Array.Sort(sorted, (one, other) => one.Bytes.AsSpan().SequenceCompareTo(other.Bytes));
        return sorted;
    }
}
