namespace Tenon.Tokenizers.Jinja;

/// <summary>
/// Reads expressions, with Jinja's precedence from low to high: inline if, or, and, not, comparisons, <c>+ -</c>, <c>~</c>,
/// <c>* / // %</c>, <c>**</c>, sign, calls and members, filters and tests.
/// </summary>
internal sealed partial class ExpressionParser(IReadOnlyList<Token> tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private int _position;

    /// <summary>The next token.</summary>
    public Token Current => tokens[_position];

    /// <summary>A later token.</summary>
    public Token Peek(int ahead) => tokens[Math.Min(_position + ahead, tokens.Count - 1)];

    /// <summary>Consumes a token.</summary>
    public Token Advance() => tokens[_position < tokens.Count - 1 ? _position++ : _position];

    /// <summary>An error at the next token.</summary>
    public TemplateException Error(string what) => new(Current.Line, $"{what}.");

    /// <summary>Consumes a token of the given kind.</summary>
    public Token Expect(TokenKind kind) => Current.Kind == kind
        ? Advance()
        : throw Error($"expected {new Token(kind, kind == TokenKind.Name ? "a name" : "", 0)}, found {Current}");

    /// <summary>Consumes an operator.</summary>
    public void ExpectOperator(string op)
    {
        if (!Accept(op))
            throw Error($"expected '{op}', found {Current}");
    }

    /// <summary>Consumes a keyword.</summary>
    public void ExpectName(string name)
    {
        if (!AcceptName(name))
            throw Error($"expected '{name}', found {Current}");
    }

    /// <summary>Consumes an operator if it is next.</summary>
    public bool Accept(string op)
    {
        if (!Current.Is(op))
            return false;
        Advance();
        return true;
    }

    /// <summary>Consumes a keyword if it is next.</summary>
    public bool AcceptName(string name)
    {
        if (!Current.IsName(name))
            return false;
        Advance();
        return true;
    }

    /// <summary>Names to assign: <c>a</c>, <c>a, b</c>, <c>(a, b)</c>, <c>namespace.member</c>.</summary>
    public IReadOnlyList<(string Name, string? Member)> Targets(bool allowsMembers = false)
    {
        bool bracketed = Accept("(");
        var targets = new List<(string, string?)>();
        do
        {
            if (targets.Count > 0 && Current.Kind != TokenKind.Name)
                break; // a comma at the end
            string name = Expect(TokenKind.Name).Text;
            targets.Add((name, allowsMembers && Accept(".") ? Expect(TokenKind.Name).Text : null));
        }
        while (Accept(","));
        if (bracketed)
            ExpectOperator(")");
        return targets;
    }

    /// <summary>One expression, or a tuple without brackets.</summary>
    public Expression TupleOrExpression(bool allowsConditional = true)
    {
        int line = Current.Line;
        Expression first = Parse(allowsConditional);
        if (!Current.Is(","))
            return first;
        List<Expression> items = [first];
        while (Accept(",") && Current.Kind is not (TokenKind.BlockEnd or TokenKind.ExpressionEnd))
            items.Add(Parse(allowsConditional));
        return new SequenceDisplay(line, items, IsTuple: true);
    }

    /// <summary>One expression.</summary>
    public Expression Parse(bool allowsConditional = true)
    {
        Values.CheckDepth();
        Expression result = Or();
        while (allowsConditional && Current.IsName("if"))
        {
            int line = Advance().Line;
            Expression test = Or();
            result = new Conditional(line, test, result, AcceptName("else") ? Parse() : null);
        }

        return result;
    }

    /// <summary>A filter's name and arguments.</summary>
    public (string Name, ArgumentList Arguments) FilterName()
    {
        Token name = Expect(TokenKind.Name);
        if (!Filters.Names.Contains(name.Text))
        {
            throw new TemplateException(name.Line,
                $"there is no filter {name}.{NearestName.Question(name.Text, Filters.Names)} Supported filters: " +
                $"{string.Join(", ", Filters.Names)}.");
        }

        return (name.Text, Accept("(") ? Arguments() : ArgumentList.None);
    }

    private Expression Or()
    {
        Expression left = And();
        while (Current.IsName("or"))
            left = new Logical(Advance().Line, IsAnd: false, left, And());
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (Current.IsName("and"))
            left = new Logical(Advance().Line, IsAnd: true, left, Not());
        return left;
    }

    private Expression Not()
    {
        Values.CheckDepth();
        return Current.IsName("not") ? new Negation(Advance().Line, Not()) : Compare();
    }

    private Expression Compare()
    {
        int line = Current.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Comparisons.Contains(Current.Text))
            {
                rest.Add((Advance().Text, Sum()));
            }
            else if (AcceptName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (Current.IsName("not") && Peek(1).IsName("in"))
            {
                Advance();
                Advance();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(line, first, rest);
            }
        }
    }

    private Expression Sum() => Binary(Concatenation, "+", "-");

    private Expression Concatenation() => Binary(Product, "~");

    private Expression Product() => Binary(Power, "*", "/", "//", "%");

    private Expression Power() => Binary(() => Unary(), "**");

    private Expression Binary(Func<Expression> operand, params ReadOnlySpan<string> operators)
    {
        Expression left = operand();
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Text))
        {
            Token op = Advance();
            left = new Arithmetic(op.Line, op.Text, left, operand());
        }

        return left;
    }

    private Expression Unary(bool withFilters = true)
    {
        Values.CheckDepth();
        Expression operand = Current.Is("-") || Current.Is("+")
            ? new Sign(Current.Line, Advance().Text == "-", Unary(withFilters: false))
            : Primary();
        operand = Postfix(operand);
        return withFilters ? FiltersAndTests(operand) : operand;
    }
}
