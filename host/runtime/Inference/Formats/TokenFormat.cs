namespace Tenon.Host.Inference.Formats;

/// <summary>
/// A format in the tokens of a vocabulary. The tokens that may follow are found once for each <see cref="FormatNode"/> and kept.
/// </summary>
internal sealed class TokenFormat : ITokenFormat
{
    // Of the kept masks, 64 MB.
    private const long MostKept = 64 / sizeof(int) * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly FormatNodes _nodes;
    private readonly TokenVocabulary _vocabulary;
    private readonly Dictionary<(FormatNode Node, bool IsFirst), TokenMask> _masks = [];
    private long _kept;

    /// <summary>Creates the format.</summary>
    /// <param name="root">The texts.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <exception cref="Plugins.Loading.OptionsException">The format has no text, or is too large.</exception>
    public TokenFormat(Rule root, TokenVocabulary vocabulary) => (_nodes, _vocabulary) = (new FormatNodes(new Automaton(root)), vocabulary);

    /// <inheritdoc/>
    public ITokenFormatState Start() => new State(this, _nodes.Start);

    /// <summary>Number of kept masks.</summary>
    internal int KnownStates
    {
        get
        {
            lock (_lock)
                return _masks.Count;
        }
    }

    /// <summary>Whether a whole text has the format.</summary>
    /// <param name="text">The UTF-8 of the text.</param>
    internal bool IsMatch(ReadOnlySpan<byte> text)
    {
        lock (_lock)
            return _nodes.Start.Step(text) is { MayEnd: true };
    }

    private TokenMask Mask(FormatNode node, bool isFirst)
    {
        lock (_lock)
        {
            if (_masks.TryGetValue((node, isFirst), out TokenMask? known))
                return known;
            TokenMask mask = _vocabulary.Find(node, isFirst);
            if (_kept + mask.Ids.Length > MostKept)
            {
                _masks.Clear();
                _kept = 0;
            }

            _kept += mask.Ids.Length;
            return _masks[(node, isFirst)] = mask;
        }
    }

    private FormatNode? After(FormatNode node, int token, bool isFirst)
    {
        ReadOnlySpan<byte> bytes = _vocabulary.Bytes(token, isFirst);
        lock (_lock)
            return bytes.IsEmpty ? null : node.Step(bytes);
    }

    private sealed class State(TokenFormat format, FormatNode node) : ITokenFormatState
    {
        private FormatNode _node = node;
        private bool _isFirst = true;

        public bool MayEnd => _node.MayEnd;

        public bool IsComplete => _node.IsComplete;

        public void Allow(Span<bool> allowed) => format.Mask(_node, _isFirst).Apply(allowed);

        public void Add(int token)
        {
            _node = format.After(_node, token, _isFirst)
                ?? throw new InvalidOperationException($"The token {token} may not come next in the format of the text.");
            _isFirst = false;
        }
    }
}
