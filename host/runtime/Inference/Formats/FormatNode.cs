namespace Tenon.Host.Inference.Formats;

/// <summary>
/// The states in which an automaton can be after some bytes, each with the calls that have not returned: a state of a deterministic
/// automaton that <see cref="FormatNodes"/> builds while it is used. From each node, some bytes lead to the end of a text.
/// </summary>
internal sealed class FormatNode
{
    private readonly FormatNodes _nodes;
    private readonly FormatNode?[] _next = new FormatNode?[256];
    private readonly bool[] _isKnown = new bool[256];

    /// <summary>Creates a node.</summary>
    /// <param name="nodes">Builds its successors.</param>
    /// <param name="positions">The states that can read a byte.</param>
    /// <param name="mayEnd">Whether the text may end here.</param>
    public FormatNode(FormatNodes nodes, Position[] positions, bool mayEnd) => (_nodes, Positions, MayEnd) = (nodes, positions, mayEnd);

    /// <summary>The states that can read a byte.</summary>
    public Position[] Positions { get; }

    /// <summary>Whether the text may end here.</summary>
    public bool MayEnd { get; }

    /// <summary>Whether no byte may follow.</summary>
    public bool IsComplete => Positions.Length == 0;

    /// <summary>Reads a byte.</summary>
    /// <returns>The next node; null if the byte may not come next.</returns>
    public FormatNode? Step(byte value)
    {
        if (!_isKnown[value])
            (_next[value], _isKnown[value]) = (_nodes.After(this, value), true);
        return _next[value];
    }

    /// <summary>Reads bytes.</summary>
    /// <returns>The node after them; null if they may not come next.</returns>
    public FormatNode? Step(ReadOnlySpan<byte> bytes)
    {
        FormatNode? node = this;
        foreach (byte value in bytes)
        {
            node = node.Step(value);
            if (node is null)
                break;
        }

        return node;
    }

    /// <summary>A state of the automaton, and the calls to return from.</summary>
    /// <param name="State">The state.</param>
    /// <param name="Calls">The calls that have not returned; null for none.</param>
    public readonly record struct Position(int State, OpenCall? Calls);

    /// <summary>A call that has not returned. There is one object for each return state and outer call.</summary>
    /// <param name="number">Number of the object.</param>
    /// <param name="returnState">The state after the call.</param>
    /// <param name="outer">The call that contains this one, or null.</param>
    public sealed class OpenCall(int number, int returnState, OpenCall? outer)
    {
        /// <summary>Number of the object, from 1.</summary>
        public int Number => number;

        /// <summary>The state after the call.</summary>
        public int Return => returnState;

        /// <summary>The call that contains this one, or null.</summary>
        public OpenCall? Outer => outer;

        /// <summary>Number of calls that have not returned, including this one.</summary>
        public int Depth { get; } = (outer?.Depth ?? 0) + 1;
    }
}
