namespace Tenon.Tokenizers.Jinja;

/// <summary>An expression of a template.</summary>
/// <param name="Line">Line in the template, from 1.</param>
internal abstract record Expression(int Line)
{
    /// <summary>The value in a scope.</summary>
    public object? Evaluate(Scope scope)
    {
        scope.Rendering.Step(Line);
        return Value(scope);
    }

    /// <summary>The value, without counting a step.</summary>
    protected abstract object? Value(Scope scope);
}

/// <summary>A literal.</summary>
internal sealed record Literal(int Line, object? Content) : Expression(Line)
{
    protected override object? Value(Scope scope) => Content;
}

/// <summary>A variable.</summary>
internal sealed record Variable(int Line, string Name) : Expression(Line)
{
    protected override object? Value(Scope scope) => scope.Find(Name);
}

/// <summary>A list or tuple display.</summary>
internal sealed record SequenceDisplay(int Line, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(Line)
{
    protected override object? Value(Scope scope) => new Sequence(Items.Select(item => item.Evaluate(scope)), IsTuple);
}

/// <summary>A dictionary display.</summary>
internal sealed record MappingDisplay(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line)
{
    protected override object? Value(Scope scope) => new Mapping(Entries.Select(entry =>
        KeyValuePair.Create(Key(entry.Key.Evaluate(scope)), entry.Value.Evaluate(scope))).ToList());

    private object Key(object? key) => key is string || Values.IsNumber(key)
        ? key!
        : throw new TemplateException(Line, $"a dictionary key must be a string or a number, not {Values.TypeName(key)}.");
}

/// <summary><c>a if test else b</c>.</summary>
internal sealed record Conditional(int Line, Expression Test, Expression Then, Expression? Else) : Expression(Line)
{
    protected override object? Value(Scope scope) =>
        Values.IsTrue(Test.Evaluate(scope))
        ? Then.Evaluate(scope)
        : Else is null ? new Undefined("the inline if without else") : Else.Evaluate(scope);
}

/// <summary><c>and</c> and <c>or</c>, which yield one of their operands.</summary>
internal sealed record Logical(int Line, bool IsAnd, Expression Left, Expression Right) : Expression(Line)
{
    protected override object? Value(Scope scope)
    {
        object? left = Left.Evaluate(scope);
        return Values.IsTrue(left) == IsAnd ? Right.Evaluate(scope) : left;
    }
}

/// <summary><c>not</c>.</summary>
internal sealed record Negation(int Line, Expression Operand) : Expression(Line)
{
    protected override object? Value(Scope scope) => !Values.IsTrue(Operand.Evaluate(scope));
}

/// <summary>A chain of comparisons: <c>a &lt; b &lt;= c</c>, <c>x in y</c>.</summary>
internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(Line)
{
    protected override object? Value(Scope scope)
    {
        object? left = First.Evaluate(scope);
        foreach ((string op, Expression operand) in Rest)
        {
            object? right = operand.Evaluate(scope);
            if (!Operators.Compare(op, left, right, Line))
                return false;
            left = right;
        }

        return true;
    }
}

/// <summary>An arithmetic operator, or <c>~</c>.</summary>
internal sealed record Arithmetic(int Line, string Operator, Expression Left, Expression Right) : Expression(Line)
{
    protected override object? Value(Scope scope)
    {
        object? left = Left.Evaluate(scope), right = Right.Evaluate(scope);
        return scope.Rendering.Charge(Operators.Combine(Operator, left, right, Line), Line);
    }
}

/// <summary>Unary <c>-</c> and <c>+</c>.</summary>
internal sealed record Sign(int Line, bool IsMinus, Expression Operand) : Expression(Line)
{
    protected override object? Value(Scope scope) => Operand.Evaluate(scope) switch
    {
        double number => (object)(IsMinus ? -number : number),
        var value when Values.IsNumber(value) => IsMinus ? -Values.Integer(value) : Values.Integer(value),
        var value => throw new TemplateException(Line, $"unary '{(IsMinus ? '-' : '+')}' needs a number, not {Values.TypeName(value)}."),
    };
}

/// <summary><c>a.b</c>: a method or member.</summary>
internal sealed record Member(int Line, Expression Target, string Name) : Expression(Line)
{
    protected override object? Value(Scope scope)
    {
        object? target = Target.Evaluate(scope);
        return Methods.TryFind(target, Name, out object? member) ? member : Lookup.Item(target, Name, Line);
    }
}

/// <summary><c>a[b]</c>: an item, otherwise a method.</summary>
internal sealed record Subscript(int Line, Expression Target, Expression Index) : Expression(Line)
{
    protected override object? Value(Scope scope)
    {
        object? target = Target.Evaluate(scope), index = Index.Evaluate(scope);
        object? item = Lookup.Item(target, index, Line);
        return item is Undefined && index is string name && Methods.TryFind(target, name, out object? member) ? member : item;
    }
}

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed record Slice(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line)
{
    protected override object? Value(Scope scope) => scope.Rendering.Charge(
        Lookup.Slice(Target.Evaluate(scope), Bound(Start, scope), Bound(Stop, scope), Bound(Step, scope), Line), Line);

    private long? Bound(Expression? bound, Scope scope) => bound?.Evaluate(scope) switch
    {
        null => null,
        var value when value is long or bool => Values.Integer(value),
        var value => throw new TemplateException(Line, $"the bounds of a slice must be integers, not {Values.TypeName(value)}."),
    };
}

/// <summary>Unevaluated arguments.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Keywords)
{
    /// <summary>No arguments.</summary>
    public static ArgumentList None { get; } = new([], []);

    /// <summary>Evaluates them and prepends the given values.</summary>
    public Arguments Evaluate(string callee, int line, Scope scope, params ReadOnlySpan<object?> first)
    {
        var positional = new List<object?>(first.ToArray());
        positional.AddRange(Positional.Select(argument => argument.Evaluate(scope)));
        var keywords = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, Expression value) in Keywords)
            keywords[name] = value.Evaluate(scope);
        return new Arguments(callee, line, positional, keywords);
    }
}

/// <summary>A call of a macro, method or global function.</summary>
internal sealed record Call(int Line, Expression Callee, ArgumentList Arguments) : Expression(Line)
{
    protected override object? Value(Scope scope)
    {
        object? callee = Callee.Evaluate(scope);
        return (callee as Function ?? (callee as LoopState)?.Recurse) is { } function
            ? scope.Rendering.Charge(function.Call(Arguments.Evaluate(function.Name, Line, scope)), Line)
            : throw new TemplateException(
                Line, callee is Undefined undefined
                ? $"there is no function '{undefined.Name}'."
                : $"{Values.TypeName(callee)} cannot be called.");
    }
}

/// <summary><c>value | filter(arguments)</c>.</summary>
internal sealed record FilterCall(int Line, Expression Target, string Name, ArgumentList Arguments) : Expression(Line)
{
    protected override object? Value(Scope scope) => scope.Rendering.Charge(
        Filters.Apply(Name, Target.Evaluate(scope), Arguments.Evaluate($"the filter '{Name}'", Line, scope), scope.Rendering), Line);
}

/// <summary><c>value is test(arguments)</c>.</summary>
internal sealed record TestCall(int Line, Expression Target, string Name, ArgumentList Arguments, bool IsNegated) : Expression(Line)
{
    protected override object? Value(Scope scope) =>
        Tests.Passes(Name, Target.Evaluate(scope), Arguments.Evaluate($"the test '{Name}'", Line, scope)) != IsNegated;
}
