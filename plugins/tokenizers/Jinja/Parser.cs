namespace Tenon.Tokenizers.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed class Parser(IReadOnlyList<Token> tokens)
{
    private static readonly string[] Tags =
        ["if", "for", "set", "macro", "call", "filter", "with", "generation", "break", "continue", "raw"];

    private readonly ExpressionParser _expressions = new(tokens);
    private int _loops; // that surround the statement

    /// <summary>The whole template.</summary>
    public IReadOnlyList<Statement> Template()
    {
        IReadOnlyList<Statement> body = Body();
        return _expressions.Current.Kind == TokenKind.End
            ? body
            : throw _expressions.Error($"'{_expressions.Peek(1).Text}' has no matching opening tag");
    }

    // Statements up to a tag with one of the names, which is not consumed, or to the end of the template.
    private List<Statement> Body(params ReadOnlySpan<string> until)
    {
        Values.CheckDepth();
        var body = new List<Statement>();
        while (true)
        {
            Token token = _expressions.Current;
            switch (token.Kind)
            {
                case TokenKind.End:
                    return body;
                case TokenKind.Text:
                    _expressions.Advance();
                    body.Add(new TextOutput(token.Line, token.Text));
                    break;
                case TokenKind.ExpressionStart:
                    _expressions.Advance();
                    body.Add(new Output(token.Line, _expressions.TupleOrExpression()));
                    _expressions.Expect(TokenKind.ExpressionEnd);
                    break;
                default:
                    string name = _expressions.Peek(1).Text;
                    if (until.Contains(name) || name.StartsWith("end", StringComparison.Ordinal) || name is "else" or "elif")
                        return body;
                    _expressions.Advance();
                    body.Add(Tag(_expressions.Advance()));
                    break;
            }
        }
    }

    private Statement Tag(Token tag) => tag.Text switch
    {
        "if" => If(tag),
        "for" => For(tag),
        "set" => Set(tag),
        "macro" => Macro(tag),
        "call" => CallBlock(tag),
        "filter" => Filter(tag),
        "with" => With(tag),
        "generation" => new Generation(tag.Line, Block(tag, "endgeneration")),
        "break" or "continue" => Control(tag),
        _ => throw new TemplateException(tag.Line,
            $"the tag {tag} is not supported.{NearestName.Question(tag.Text, Tags)} Supported tags: {string.Join(", ", Tags)}."),
    };

    // The end of the opening tag, the body, and the closing tag.
    private List<Statement> Block(Token opened, string end)
    {
        _expressions.Expect(TokenKind.BlockEnd);
        List<Statement> body = Body(end);
        Close(opened, end);
        return body;
    }

    private void Close(Token opened, string end)
    {
        if (_expressions.Current.Kind == TokenKind.End)
            throw new TemplateException(opened.Line, $"'{{% {opened.Text} %}}' is not closed. Add '{{% {end} %}}'.");
        _expressions.Expect(TokenKind.BlockStart);
        Token name = _expressions.Advance();
        if (name.Text != end)
            throw new TemplateException(name.Line, $"expected '{end}' for '{opened.Text}' in line {opened.Line}, found {name}.");
        if (end == "endmacro" && _expressions.Current.Kind == TokenKind.Name)
            _expressions.Advance();
        _expressions.Expect(TokenKind.BlockEnd);
    }

    private If If(Token tag)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        do
        {
            Expression test = _expressions.TupleOrExpression();
            _expressions.Expect(TokenKind.BlockEnd);
            branches.Add((test, Body("elif", "else", "endif")));
        }
        while (AcceptTag("elif"));
        IReadOnlyList<Statement> otherwise = [];
        if (AcceptTag("else"))
        {
            _expressions.Expect(TokenKind.BlockEnd);
            otherwise = Body("endif");
        }

        Close(tag, "endif");
        return new If(tag.Line, branches, otherwise);
    }

    private bool AcceptTag(string name)
    {
        if (_expressions.Current.Kind != TokenKind.BlockStart || !_expressions.Peek(1).IsName(name))
            return false;
        _expressions.Advance();
        _expressions.Advance();
        return true;
    }

    private For For(Token tag)
    {
        IReadOnlyList<(string, string?)> targets = _expressions.Targets();
        _expressions.ExpectName("in");
        Expression items = _expressions.TupleOrExpression(allowsConditional: false);
        Expression? condition = _expressions.AcceptName("if") ? _expressions.Parse() : null;
        bool recursive = _expressions.AcceptName("recursive");
        _expressions.Expect(TokenKind.BlockEnd);
        _loops++;
        List<Statement> body = Body("else", "endfor");
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        if (AcceptTag("else"))
        {
            _expressions.Expect(TokenKind.BlockEnd);
            otherwise = Body("endfor");
        }

        Close(tag, "endfor");
        return new For(tag.Line, targets, items, condition, recursive, body, otherwise);
    }

    private LoopControl Control(Token tag)
    {
        if (_loops == 0)
            throw new TemplateException(tag.Line, $"{tag} is outside a loop.");
        _expressions.Expect(TokenKind.BlockEnd);
        return new LoopControl(tag.Line, tag.Text == "break" ? Flow.Break : Flow.Continue);
    }

    private Statement Set(Token tag)
    {
        IReadOnlyList<(string, string?)> targets = _expressions.Targets(allowsMembers: true);
        if (_expressions.Accept("="))
        {
            Expression value = _expressions.TupleOrExpression();
            _expressions.Expect(TokenKind.BlockEnd);
            return new Assignment(tag.Line, targets, value);
        }

        if (targets.Count > 1)
            throw new TemplateException(tag.Line, "a captured block can be assigned to only one name.");
        List<(string, ArgumentList)> filters = [];
        while (_expressions.Accept("|"))
            filters.Add(_expressions.FilterName());
        return new CapturedAssignment(tag.Line, targets[0], filters, Captured(() => Block(tag, "endset")));
    }

    private Macro Macro(Token tag)
    {
        string name = _expressions.Expect(TokenKind.Name).Text;
        _expressions.ExpectOperator("(");
        return new Macro(tag.Line, name, Parameters(), Captured(() => Block(tag, "endmacro")));
    }

    private CallBlock CallBlock(Token tag)
    {
        IReadOnlyList<Parameter> parameters = _expressions.Accept("(") ? Parameters() : [];
        if (_expressions.Parse() is not Call call)
            throw new TemplateException(tag.Line, "'{% call %}' needs a call of a macro.");
        return new CallBlock(tag.Line, parameters, call, Captured(() => Block(tag, "endcall")));
    }

    private FilterBlock Filter(Token tag)
    {
        List<(string, ArgumentList)> filters = [_expressions.FilterName()];
        while (_expressions.Accept("|"))
            filters.Add(_expressions.FilterName());
        return new FilterBlock(tag.Line, filters, Captured(() => Block(tag, "endfilter")));
    }

    // A break inside a captured body cannot leave a loop around it.
    private IReadOnlyList<Statement> Captured(Func<IReadOnlyList<Statement>> parse)
    {
        int loops = _loops;
        _loops = 0;
        IReadOnlyList<Statement> body = parse();
        _loops = loops;
        return body;
    }

    private With With(Token tag)
    {
        var variables = new List<(string, Expression)>();
        while (_expressions.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
                _expressions.ExpectOperator(",");
            string name = _expressions.Expect(TokenKind.Name).Text;
            _expressions.ExpectOperator("=");
            variables.Add((name, _expressions.Parse()));
        }

        return new With(tag.Line, variables, Block(tag, "endwith"));
    }

    // After the opening bracket.
    private List<Parameter> Parameters()
    {
        var parameters = new List<Parameter>();
        while (!_expressions.Accept(")"))
        {
            if (parameters.Count > 0)
                _expressions.ExpectOperator(",");
            string name = _expressions.Expect(TokenKind.Name).Text;
            parameters.Add(new Parameter(name, _expressions.Accept("=") ? _expressions.Parse() : null));
        }

        return parameters;
    }
}
