namespace Tenon.Tokenizers.Jinja;

/// <summary>Parameters of a macro or a call block, with defaults.</summary>
internal sealed record Parameter(string Name, Expression? Default);

/// <summary><c>{% macro name(parameters) %}…{% endmacro %}</c>.</summary>
internal sealed record Macro(int Line, string Name, IReadOnlyList<Parameter> Parameters, IReadOnlyList<Statement> Body) : Statement(Line)
{
    /// <summary>A function that renders a body in a scope inside the one where it was defined.</summary>
    public static Function Define(string name, IReadOnlyList<Parameter> parameters, IReadOnlyList<Statement> body, Scope scope) =>
        new(name, arguments =>
    {
        string[] names = [.. parameters.Select(parameter => parameter.Name)];
        var others = arguments.Keywords.Where(argument => argument.Key != "caller").ToDictionary();
        new Arguments($"the macro '{name}'", arguments.Line, arguments.Positional, others).Allow(names);
        Scope inner = scope.Inner();
        for (int i = 0; i < names.Length; i++)
        {
            inner.Set(names[i], arguments.Has(i, names[i]) ? arguments.Get(i, names[i], null)
                : parameters[i].Default is { } otherwise ? otherwise.Evaluate(inner) : new Undefined(names[i]));
        }

        if (arguments.Keywords.TryGetValue("caller", out object? caller))
            inner.Set("caller", caller);
        return scope.Rendering.Capture(() => Run(body, inner));
    });

    public override Flow Run(Scope scope)
    {
        scope.Set(Name, Define(Name, Parameters, Body, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call(parameters) macro(arguments) %}…{% endcall %}</c>: the macro gets the body as <c>caller</c>.</summary>
internal sealed record CallBlock(int Line, IReadOnlyList<Parameter> Parameters, Call Call, IReadOnlyList<Statement> Body) : Statement(Line)
{
    public override Flow Run(Scope scope)
    {
        Scope inner = scope.Inner();
        inner.Set("caller", Macro.Define("caller", Parameters, Body, scope));
        Call withCaller = Call with
        {
            Arguments = Call.Arguments with { Keywords = [.. Call.Arguments.Keywords, ("caller", new Variable(Line, "caller"))] },
        };
        scope.Rendering.Write(Values.Print(withCaller.Evaluate(inner)), Line);
        return Flow.Next;
    }
}
