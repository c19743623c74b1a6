namespace Tenon.Tokenizers.Jinja;

/// <summary>Kinds of tokens.</summary>
internal enum TokenKind
{
    /// <summary>Output text between tags.</summary>
    Text,

    /// <summary><c>{{</c>.</summary>
    ExpressionStart,

    /// <summary><c>}}</c>.</summary>
    ExpressionEnd,

    /// <summary><c>{%</c>.</summary>
    BlockStart,

    /// <summary><c>%}</c>.</summary>
    BlockEnd,

    /// <summary>An identifier or keyword.</summary>
    Name,

    /// <summary>A string literal; the value is unescaped.</summary>
    String,

    /// <summary>An integer literal.</summary>
    Integer,

    /// <summary>A floating-point literal.</summary>
    Float,

    /// <summary>An operator or bracket.</summary>
    Operator,

    /// <summary>End of the template.</summary>
    End,
}

/// <summary>A token of a template.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Text">Its text; for a string literal, the unescaped value.</param>
/// <param name="Line">Line in the template, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    /// <summary>Whether this is a given operator.</summary>
    public bool Is(string op) => Kind == TokenKind.Operator && Text == op;

    /// <summary>Whether this is a given name.</summary>
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    /// <summary>The token's name in messages.</summary>
    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.ExpressionEnd => "'}}'",
        TokenKind.BlockStart => "'{%'",
        TokenKind.ExpressionStart => "'{{'",
        TokenKind.Text => "text",
        _ => $"'{Text}'",
    };
}
