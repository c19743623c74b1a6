namespace Tenon.Tokenizers.Jinja;

/// <summary><c>{% for a, b in items if condition recursive %}…{% else %}…{% endfor %}</c>.</summary>
internal sealed record For(
    int Line, IReadOnlyList<(string Name, string? Member)> Targets, Expression Items, Expression? Condition, bool IsRecursive,
    IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        Loop(Items.Evaluate(scope), scope, 1);
        return Flow.Next;
    }

    private void Loop(object? iterable, Scope scope, int depth)
    {
        IReadOnlyList<object?> items = Values.ItemsOf(iterable)
            ?? throw new TemplateException(Line, $"'for' needs a list, mapping or string, not {Values.TypeName(iterable)}.");
        scope.Rendering.Step(Line, items.Count);
        if (Condition is not null)
            items = [.. items.Where(item => Values.IsTrue(Condition.Evaluate(Bind(item, scope))))];
        object? changed = null;
        bool seen = false;
        for (int i = 0; i < items.Count; i++)
        {
            Scope inner = Bind(items[i], scope);
            inner.Set("loop", Describe(items, i, depth, scope, arguments =>
            {
                var values = new Sequence(arguments.Positional, isTuple: true);
                bool differs = !seen || !Values.AreEqual(changed, values);
                (seen, changed) = (true, values);
                return differs;
            }));
            if (Run(Body, inner) == Flow.Break)
                break;
        }

        if (items.Count == 0)
            Run(Else, scope.Inner());
    }

    private Scope Bind(object? item, Scope scope)
    {
        Scope inner = scope.Inner();
        Assignment.Assign(Targets, item, inner, Line);
        return inner;
    }

    private LoopState Describe(IReadOnlyList<object?> items, int index, int depth, Scope scope, Func<Arguments, object?> changed) => new(
        items, index, depth,
        new Function("loop.changed", changed),
        !IsRecursive ? null : new Function(
            "loop", arguments => scope.Rendering.Capture(() => Loop(arguments.Allow("iterable").Get(0, "iterable"), scope, depth + 1))));
}

/// <summary>The variable <c>loop</c>.</summary>
internal sealed record LoopState(IReadOnlyList<object?> Items, int Index, int Depth, Function Changed, Function? Recurse)
{
    /// <summary>A member of the variable.</summary>
    public bool TryMember(string name, out object? value)
    {
        value = name switch
        {
            "index" => Index + 1L,
            "index0" => (long)Index,
            "revindex" => (long)(Items.Count - Index),
            "revindex0" => Items.Count - Index - 1L,
            "first" => Index == 0,
            "last" => Index == Items.Count - 1,
            "length" => (long)Items.Count,
            "depth" => (long)Depth,
            "depth0" => Depth - 1L,
            "previtem" => Index > 0 ? Items[Index - 1] : new Undefined("loop.previtem"),
            "nextitem" => Index < Items.Count - 1 ? Items[Index + 1] : new Undefined("loop.nextitem"),
            "cycle" => new Function("loop.cycle", Cycle),
            "changed" => Changed,
            _ => new Undefined($"loop.{name}"),
        };
        return value is not Undefined || name is "previtem" or "nextitem";
    }

    private object? Cycle(Arguments arguments) => arguments.Positional.Count == 0
        ? throw arguments.Error("needs at least one value")
        : arguments.Positional[Index % arguments.Positional.Count];
}
