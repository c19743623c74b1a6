using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Formats;

/// <summary>
/// An expression as a nondeterministic automaton over bytes (Thompson 1968) whose states may call rules, as in a recursive transition
/// network (Woods 1970). Calls are nested at most <see cref="Depth"/> deep.
/// </summary>
internal sealed class Automaton
{
    /// <summary>Maximum number of nested calls.</summary>
    public const int Depth = 32;

    // A state takes about 100 bytes.
    private const int MostStates = 200_000;
    private const int Never = int.MaxValue / 2;

    private readonly List<State> _states = [];
    private readonly Dictionary<Rule, (int Start, int End)> _rules = [];
    private readonly Queue<Rule> _unbuilt = new();
    private readonly Dictionary<(Expression Expression, int To), int> _built = [];

    /// <summary>Builds the automaton of a rule.</summary>
    /// <param name="root">The rule.</param>
    /// <exception cref="OptionsException">
    /// The automaton is too large, a rule begins with itself, or no text of the rule is finite and nested at most <see cref="Depth"/> deep.
    /// </exception>
    public Automaton(Rule root)
    {
        (Start, _) = Find(root);
        while (_unbuilt.TryDequeue(out Rule? rule))
        {
            (int start, int end) = _rules[rule];
            _states[end].IsEnd = true;
            _states[start].Jumps.Add(Build(rule.Body, end));
        }

        RefuseLeftRecursion();
        SetHeights();
        if (_states[Start].Height > Depth)
            throw new OptionsException($"No text has this format: {root.Name} cannot end within {Depth} nested levels.");
    }

    /// <summary>The state in which a text starts.</summary>
    public int Start { get; }

    /// <summary>Number of states.</summary>
    public int Count => _states.Count;

    /// <summary>Returns a state.</summary>
    public State this[int state] => _states[state];

    private (int Start, int End) Find(Rule rule)
    {
        if (_rules.TryGetValue(rule, out (int Start, int End) found))
            return found;
        _unbuilt.Enqueue(rule);
        return _rules[rule] = (New(), New());
    }

    // Returns a state from which a text of the expression leads to a state.
    private int Build(Expression expression, int to)
    {
        if (_built.TryGetValue((expression, to), out int known))
            return known;
        int from = expression switch
        {
            Characters characters => BuildCharacters(characters.Set, to),
            Sequence sequence => sequence.Items.Reverse().Aggregate(to, (end, item) => Build(item, end)),
            Choice choice => BuildChoice(choice, to),
            Repeat repeat => BuildRepeat(repeat, to),
            Call call => BuildCall(call.Rule, to),
            _ => throw new ArgumentException($"{expression.GetType().Name} is not an expression.", nameof(expression)),
        };
        return _built[(expression, to)] = from;
    }

    // Characters that end with the same bytes share their states.
    private int BuildCharacters(CharacterSet set, int to)
    {
        int start = New();
        var shared = new Dictionary<(byte First, byte Last, int To), int>();
        foreach ((byte First, byte Last)[] sequence in set.Utf8())
        {
            int target = to;
            for (int i = sequence.Length - 1; i > 0; i--)
            {
                (byte First, byte Last, int To) edge = (sequence[i].First, sequence[i].Last, target);
                if (!shared.TryGetValue(edge, out target))
                {
                    target = shared[edge] = New();
                    _states[target].Edges.Add(edge);
                }
            }

            _states[start].Edges.Add((sequence[0].First, sequence[0].Last, target));
        }

        return start;
    }

    private int BuildChoice(Choice choice, int to)
    {
        int start = New();
        foreach (Expression alternative in choice.Alternatives)
            _states[start].Jumps.Add(Build(alternative, to));
        return start;
    }

    private int BuildRepeat(Repeat repeat, int to)
    {
        int start = to;
        if (repeat.Maximum is { } maximum)
        {
            for (int i = repeat.Minimum; i < maximum; i++)
            {
                int optional = New();
                _states[optional].Jumps.AddRange([to, Build(repeat.Item, start)]);
                start = optional;
            }
        }
        else
        {
            start = New();
            _states[start].Jumps.AddRange([to, Build(repeat.Item, start)]);
        }

        for (int i = 0; i < repeat.Minimum; i++)
            start = Build(repeat.Item, start);
        return start;
    }

    private int BuildCall(Rule rule, int to)
    {
        int start = New();
        _states[start].Calls.Add((Find(rule).Start, to));
        return start;
    }

    private int New()
    {
        if (_states.Count == MostStates)
        {
            throw new OptionsException(
                $"The format is too large: it needs more than {MostStates:N0} states. Use smaller numbers of repetitions.");
        }

        _states.Add(new State());
        return _states.Count - 1;
    }

    // A rule that calls itself before it reads a byte would be called without end.
    private void RefuseLeftRecursion()
    {
        Dictionary<int, Rule> rules = _rules.ToDictionary(rule => rule.Value.Start, rule => rule.Key);
        var finished = new HashSet<int>();
        var open = new HashSet<int>();
        foreach (int start in rules.Keys)
            Visit(start);

        void Visit(int start)
        {
            if (finished.Contains(start))
                return;
            if (!open.Add(start))
                throw new OptionsException($"{rules[start].Name} begins with itself, so no text has this format.");
            foreach (int called in CalledFirst(start))
                Visit(called);
            open.Remove(start);
            finished.Add(start);
        }
    }

    private HashSet<int> CalledFirst(int start)
    {
        var called = new HashSet<int>();
        var seen = new HashSet<int> { start };
        var left = new Stack<int>([start]);
        while (left.TryPop(out int state))
        {
            called.UnionWith(_states[state].Calls.Select(call => call.Rule));
            foreach (int next in _states[state].Jumps.Where(seen.Add))
                left.Push(next);
        }

        return called;
    }

    // From the ends of rules backwards, until no height decreases: the heights of recursive rules depend on each other.
    private void SetHeights()
    {
        ILookup<int, int> before = _states.Index().SelectMany(state => Next(state.Item).Select(next => (From: state.Index, To: next)))
            .ToLookup(step => step.To, step => step.From);
        foreach (State state in _states)
            state.Height = state.IsEnd ? 0 : Never;
        var changed = new Queue<int>(_states.Index().Where(state => state.Item.IsEnd).Select(state => state.Index));
        while (changed.TryDequeue(out int lower))
        {
            foreach (int state in before[lower])
            {
                int height = Height(_states[state]);
                if (height >= _states[state].Height)
                    continue;
                _states[state].Height = height;
                changed.Enqueue(state);
            }
        }
    }

    private static IEnumerable<int> Next(State state) =>
        [.. state.Edges.Select(edge => edge.To), .. state.Jumps, .. state.Calls.SelectMany(call => new[] { call.Rule, call.Return })];

    private int Height(State state)
    {
        int height = state.IsEnd ? 0 : Never;
        foreach ((_, _, int to) in state.Edges)
            height = Math.Min(height, _states[to].Height);
        foreach (int jump in state.Jumps)
            height = Math.Min(height, _states[jump].Height);
        foreach ((int rule, int returnState) in state.Calls)
            height = Math.Min(height, Math.Max(1 + _states[rule].Height, _states[returnState].Height));
        return height;
    }

    /// <summary>A state.</summary>
    public sealed class State
    {
        /// <summary>Bytes that lead to other states.</summary>
        public List<(byte First, byte Last, int To)> Edges { get; } = [];

        /// <summary>States that are reached without a byte.</summary>
        public List<int> Jumps { get; } = [];

        /// <summary>Start states of called rules, and the states in which their calls return.</summary>
        public List<(int Rule, int Return)> Calls { get; } = [];

        /// <summary>Whether a rule ends here.</summary>
        public bool IsEnd { get; set; }

        /// <summary>Number of nested calls that reaching the end of the rule needs at least.</summary>
        public int Height { get; set; }
    }
}
