using OpenCall = Tenon.Host.Inference.Formats.FormatNode.OpenCall;
using Position = Tenon.Host.Inference.Formats.FormatNode.Position;

namespace Tenon.Host.Inference.Formats;

/// <summary>
/// Makes an automaton deterministic while it is used: nodes are created when text reaches them (subset construction, Rabin and Scott
/// 1959). Positions from which no text can end within the allowed nesting are dropped. Not thread-safe.
/// </summary>
internal sealed class FormatNodes
{
    // A node takes about 3 KB. Forgotten nodes stay valid for the texts that are at them.
    private const int MostNodes = 20_000;

    private readonly Automaton _automaton;
    private readonly Dictionary<Key, FormatNode> _nodes = [];
    private readonly Dictionary<(int Return, OpenCall? Outer), OpenCall> _calls = [];
    private int _number = 1;

    /// <summary>Creates the start node.</summary>
    /// <param name="automaton">The automaton.</param>
    public FormatNodes(Automaton automaton)
    {
        _automaton = automaton;
        Start = Closure([new Position(automaton.Start, null)])!;
    }

    /// <summary>The node in which a text starts.</summary>
    public FormatNode Start { get; }

    /// <summary>Returns the node after a byte; null if the byte may not come next.</summary>
    public FormatNode? After(FormatNode node, byte value)
    {
        List<Position> reached = [];
        foreach (Position position in node.Positions)
        {
            foreach ((byte first, byte last, int to) in _automaton[position.State].Edges)
            {
                if (first <= value && value <= last)
                    reached.Add(position with { State = to });
            }
        }

        return reached.Count == 0 ? null : Closure(reached);
    }

    // The node of all positions that are reached without a byte; null if no text can end from any of them.
    private FormatNode? Closure(List<Position> reached)
    {
        var seen = new HashSet<Position>();
        var reading = new List<Position>();
        var left = new Stack<Position>(reached);
        bool mayEnd = false;
        while (left.TryPop(out Position position))
        {
            Automaton.State state = _automaton[position.State];
            if (state.Height + (position.Calls?.Depth ?? 0) > Automaton.Depth || !seen.Add(position))
                continue;
            if (state.Edges.Count > 0)
                reading.Add(position);
            foreach (int jump in state.Jumps)
                left.Push(position with { State = jump });
            foreach ((int rule, int returnState) in state.Calls)
            {
                if (_automaton[returnState].Height + (position.Calls?.Depth ?? 0) <= Automaton.Depth)
                    left.Push(new Position(rule, Open(returnState, position.Calls)));
            }

            if (!state.IsEnd)
                continue;
            if (position.Calls is { } call)
                left.Push(new Position(call.Return, call.Outer));
            else
                mayEnd = true;
        }

        return reading.Count == 0 && !mayEnd ? null : Node(reading, mayEnd);
    }

    private FormatNode Node(List<Position> reading, bool mayEnd)
    {
        IEnumerable<long> numbers = reading.Select(position => ((long)position.State << 32) | (uint)(position.Calls?.Number ?? 0));
        var key = new Key([.. numbers.Order()], mayEnd);
        if (_nodes.TryGetValue(key, out FormatNode? known))
            return known;
        if (_nodes.Count == MostNodes)
        {
            _nodes.Clear();
            _calls.Clear();
        }

        return _nodes[key] = new FormatNode(this, [.. reading], mayEnd);
    }

    private OpenCall Open(int returnState, OpenCall? outer)
    {
        if (!_calls.TryGetValue((returnState, outer), out OpenCall? call))
            _calls[(returnState, outer)] = call = new OpenCall(_number++, returnState, outer);
        return call;
    }

    // The positions of a node as sorted numbers.
    private readonly struct Key(long[] positions, bool mayEnd) : IEquatable<Key>
    {
        private readonly long[] _positions = positions;
        private readonly bool _mayEnd = mayEnd;

        public bool Equals(Key other) => _mayEnd == other._mayEnd && _positions.AsSpan().SequenceEqual(other._positions);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (long position in _positions)
                hash.Add(position);
            return hash.ToHashCode();
        }
    }
}
