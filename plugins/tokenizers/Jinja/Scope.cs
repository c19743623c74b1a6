namespace Tenon.Tokenizers.Jinja;

/// <summary>Variables of a block. Inner scopes see the variables of outer ones; assignments stay in the scope of the block.</summary>
internal sealed class Scope(Rendering rendering, Scope? outer = null)
{
    private readonly Dictionary<string, object?> _variables = new(StringComparer.Ordinal);

    /// <summary>The rendering that the scope belongs to.</summary>
    public Rendering Rendering { get; } = rendering;

    /// <summary>A scope inside this one.</summary>
    public Scope Inner() => new(Rendering, this);

    /// <summary>The value of a variable; <see cref="Undefined"/> if there is none.</summary>
    public object? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables.TryGetValue(name, out object? value))
                return value;
        }

        return new Undefined(name);
    }

    /// <summary>Assigns a variable of this scope.</summary>
    public void Set(string name, object? value) => _variables[name] = value;

    private Scope? Outer { get; } = outer;
}
