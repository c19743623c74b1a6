namespace Tenon.Host.Inference.Formats;

/// <summary>
/// A set of texts: a regular expression whose parts may also refer to rules, and a rule to itself. An object may be a part of several
/// expressions, which then share its states (<see cref="Automaton"/>).
/// </summary>
internal abstract class Expression
{
    /// <summary>The empty text.</summary>
    public static Expression Empty { get; } = new Sequence([]);

    /// <summary>One text.</summary>
    public static Expression Text(string text) =>
        new Sequence([.. text.EnumerateRunes().Select(rune => new Characters(CharacterSet.Of(rune.ToString())))]);

    /// <summary>The expression or the empty text.</summary>
    public static Expression Optional(Expression item) => new Repeat(item, 0, 1);
}

/// <summary>One character of a set that is not empty.</summary>
internal sealed class Characters(CharacterSet set) : Expression
{
    /// <summary>The set.</summary>
    public CharacterSet Set => set;
}

/// <summary>Texts of several expressions one after the other.</summary>
internal sealed class Sequence(IReadOnlyList<Expression> items) : Expression
{
    /// <summary>The expressions.</summary>
    public IReadOnlyList<Expression> Items => items;
}

/// <summary>A text of one of several expressions.</summary>
internal sealed class Choice(IReadOnlyList<Expression> alternatives) : Expression
{
    /// <summary>The expressions.</summary>
    public IReadOnlyList<Expression> Alternatives => alternatives;
}

/// <summary>Texts of an expression, repeated.</summary>
internal sealed class Repeat(Expression item, int minimum, int? maximum) : Expression
{
    /// <summary>The expression.</summary>
    public Expression Item => item;

    /// <summary>Number of texts, at least.</summary>
    public int Minimum => minimum;

    /// <summary>Number of texts, at most; null for any number.</summary>
    public int? Maximum => maximum;
}

/// <summary>A text of a rule.</summary>
internal sealed class Call(Rule rule) : Expression
{
    /// <summary>The rule.</summary>
    public Rule Rule => rule;
}

/// <summary>An expression with a name, to which expressions refer.</summary>
/// <param name="name">The name, for messages.</param>
internal sealed class Rule(string name)
{
    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>The expression, which may refer to this rule.</summary>
    public Expression Body { get; set; } = Expression.Empty;
}
