namespace Tenon.Tokenizers.Jinja;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    /// <summary>The next statement follows.</summary>
    Next,

    /// <summary><c>{% continue %}</c>.</summary>
    Continue,

    /// <summary><c>{% break %}</c>.</summary>
    Break,
}

/// <summary>A statement of a template.</summary>
/// <param name="Line">Line in the template, from 1.</param>
internal abstract record Statement(int Line)
{
    /// <summary>Runs statements in order until one leaves the loop around them.</summary>
    public static Flow Run(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (Statement statement in body)
        {
            scope.Rendering.Step(statement.Line);
            Flow flow = statement.Run(scope);
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    /// <summary>Runs the statement.</summary>
    public abstract Flow Run(Scope scope);
}

/// <summary>Text between tags.</summary>
internal sealed record TextOutput(int Line, string Text) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        scope.Rendering.Write(Text, Line);
        return Flow.Next;
    }
}

/// <summary><c>{{ expression }}</c>.</summary>
internal sealed record Output(int Line, Expression Value) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        scope.Rendering.Write(Values.Print(Value.Evaluate(scope)), Line);
        return Flow.Next;
    }
}

/// <summary><c>{% if %}</c> with its <c>elif</c> and <c>else</c>.</summary>
internal sealed record If(
    int Line, IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        foreach ((Expression test, IReadOnlyList<Statement> body) in Branches)
        {
            if (Values.IsTrue(test.Evaluate(scope)))
                return Run(body, scope);
        }

        return Run(Else, scope);
    }
}

/// <summary><c>{% break %}</c> and <c>{% continue %}</c>.</summary>
internal sealed record LoopControl(int Line, Flow Flow) : Statement(Line)
{
    public override Flow Run(Scope scope) => Flow;
}

/// <summary><c>{% set a, b = value %}</c> and <c>{% set namespace.member = value %}</c>.</summary>
internal sealed record Assignment(int Line, IReadOnlyList<(string Name, string? Member)> Targets, Expression Value) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        object? value = Value.Evaluate(scope);
        Assign(Targets, value, scope, Line);
        return Flow.Next;
    }

    /// <summary>Assigns a value to one target, or its items to several.</summary>
    public static void Assign(IReadOnlyList<(string Name, string? Member)> targets, object? value, Scope scope, int line)
    {
        if (targets is [var only])
        {
            Assign(only, value, scope, line);
            return;
        }

        IReadOnlyList<object?>? items = Values.ItemsOf(value);
        if (items is null || items.Count != targets.Count)
            throw new TemplateException(
                line, $"{targets.Count} names need {targets.Count} values, not {(items is null ? Values.TypeName(value) : items.Count)}.");
        foreach (((string Name, string? Member) target, object? item) in targets.Zip(items))
            Assign(target, item, scope, line);
    }

    private static void Assign((string Name, string? Member) target, object? value, Scope scope, int line)
    {
        if (target.Member is null)
            scope.Set(target.Name, value);
        else if (scope.Find(target.Name) is Namespace members)
            members.Members[target.Member] = value;
        else
            throw new TemplateException(
                line, $"'{target.Name}' is {Values.TypeName(scope.Find(target.Name))}; only members of a namespace can be set.");
    }
}

/// <summary><c>{% set name %}…{% endset %}</c>, with filters.</summary>
internal sealed record CapturedAssignment(
    int Line, (string Name, string? Member) Target, IReadOnlyList<(string Name, ArgumentList Arguments)> Filters,
    IReadOnlyList<Statement> Body) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        Assignment.Assign([Target], FilterBlock.Filtered(Body, Filters, scope, Line), scope, Line);
        return Flow.Next;
    }
}

/// <summary><c>{% filter name %}…{% endfilter %}</c>.</summary>
internal sealed record FilterBlock(
    int Line, IReadOnlyList<(string Name, ArgumentList Arguments)> Filters, IReadOnlyList<Statement> Body) : Statement(Line)
{
    /// <summary>The output of a body, after filters.</summary>
    public static object? Filtered(
        IReadOnlyList<Statement> body, IReadOnlyList<(string Name, ArgumentList Arguments)> filters, Scope scope, int line)
    {
        object? value = scope.Rendering.Capture(() => Run(body, scope.Inner()));
        foreach ((string name, ArgumentList arguments) in filters)
            value = scope.Rendering.Charge(
                Jinja.Filters.Apply(name, value, arguments.Evaluate($"the filter '{name}'", line, scope), scope.Rendering), line);
        return value;
    }

    public override Flow Run(Scope scope)
    {
        scope.Rendering.Write(Values.Print(Filtered(Body, Filters, scope, Line)), Line);
        return Flow.Next;
    }
}

/// <summary><c>{% with a = 1 %}…{% endwith %}</c>.</summary>
internal sealed record With(
    int Line, IReadOnlyList<(string Name, Expression Value)> Variables, IReadOnlyList<Statement> Body) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        Scope inner = scope.Inner();
        foreach ((string name, Expression value) in Variables)
            inner.Set(name, value.Evaluate(scope));
        return Run(Body, inner);
    }
}

/// <summary><c>{% generation %}…{% endgeneration %}</c>: marks the text that the model itself writes, so that only that text is a
/// training target.</summary>
internal sealed record Generation(int Line, IReadOnlyList<Statement> Body) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        var flow = Flow.Next;
        scope.Rendering.MarkGenerated(() => flow = Run(Body, scope.Inner()), Line);
        return flow;
    }
}
