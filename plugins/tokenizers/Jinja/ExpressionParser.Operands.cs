using System.Globalization;
using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>Operands: literals, variables and displays, and the operators that bind most tightly: members, calls, filters and
/// tests.</summary>
internal sealed partial class ExpressionParser
{
    private Expression Primary()
    {
        Token token = Advance();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(token.Line, true),
                    "false" or "False" => new Literal(token.Line, false),
                    "none" or "None" => new Literal(token.Line, null),
                    _ => new Variable(token.Line, token.Text),
                };
            case TokenKind.String:
                var text = new StringBuilder(token.Text);
                while (Current.Kind == TokenKind.String)
                    text.Append(Advance().Text);
                return new Literal(token.Line, text.ToString());
            case TokenKind.Integer:
                return new Literal(token.Line, long.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Float:
                return new Literal(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                return Bracketed(token.Line);
            case TokenKind.Operator when token.Text == "[":
                return new SequenceDisplay(token.Line, Items("]"), IsTuple: false);
            case TokenKind.Operator when token.Text == "{":
                return Dictionary(token.Line);
            default:
                throw new TemplateException(token.Line, $"expected an expression, found {token}.");
        }
    }

    private Expression Bracketed(int line)
    {
        if (Accept(")"))
            return new SequenceDisplay(line, [], IsTuple: true);
        Expression first = Parse();
        if (Accept(")"))
            return first;
        ExpectOperator(",");
        return new SequenceDisplay(line, [first, .. Items(")")], IsTuple: true);
    }

    private List<Expression> Items(string close)
    {
        var items = new List<Expression>();
        while (!Accept(close))
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
                if (Accept(close))
                    break;
            }

            items.Add(Parse());
        }

        return items;
    }

    private MappingDisplay Dictionary(int line)
    {
        var entries = new List<(Expression, Expression)>();
        while (!Accept("}"))
        {
            if (entries.Count > 0)
            {
                ExpectOperator(",");
                if (Accept("}"))
                    break;
            }

            Expression key = Parse();
            ExpectOperator(":");
            entries.Add((key, Parse()));
        }

        return new MappingDisplay(line, entries);
    }

    private Expression Postfix(Expression target)
    {
        while (true)
        {
            Token token = Current;
            if (Accept("."))
            {
                target = Current.Kind == TokenKind.Integer
                    ? new Subscript(token.Line, target, Primary())
                    : new Member(token.Line, target, Expect(TokenKind.Name).Text);
            }
            else if (Accept("["))
            {
                target = SubscriptOf(target, token.Line);
            }
            else if (Accept("("))
            {
                target = new Call(token.Line, target, Arguments());
            }
            else
            {
                return target;
            }
        }
    }

    private Expression SubscriptOf(Expression target, int line)
    {
        Expression? start = Current.Is(":") ? null : Parse();
        if (Accept("]"))
            return new Subscript(line, target, start!);
        ExpectOperator(":");
        Expression? stop = Current.Is(":") || Current.Is("]") ? null : Parse();
        Expression? step = Accept(":") && !Current.Is("]") ? Parse() : null;
        ExpectOperator("]");
        return new Slice(line, target, start, stop, step);
    }

    // After the opening bracket.
    private ArgumentList Arguments()
    {
        var positional = new List<Expression>();
        var keywords = new List<(string Name, Expression)>();
        while (!Accept(")"))
        {
            if (positional.Count + keywords.Count > 0)
            {
                ExpectOperator(",");
                if (Accept(")"))
                    break;
            }

            if (Current.Kind == TokenKind.Name && Peek(1).Is("="))
            {
                string name = Advance().Text;
                Advance();
                if (keywords.Any(keyword => keyword.Name == name))
                    throw Error($"the keyword argument '{name}' is repeated");
                keywords.Add((name, Parse()));
            }
            else if (keywords.Count > 0)
            {
                throw Error("a positional argument follows a keyword argument");
            }
            else
            {
                positional.Add(Parse());
            }
        }

        return new ArgumentList(positional, keywords);
    }

    private Expression FiltersAndTests(Expression target)
    {
        while (true)
        {
            Token token = Current;
            if (Accept("|"))
            {
                (string name, ArgumentList arguments) = FilterName();
                target = new FilterCall(token.Line, target, name, arguments);
            }
            else if (AcceptName("is"))
            {
                target = Test(target, token.Line);
            }
            else if (Accept("("))
            {
                target = new Call(token.Line, target, Arguments());
            }
            else
            {
                return target;
            }
        }
    }

    private TestCall Test(Expression target, int line)
    {
        bool negated = AcceptName("not");
        Token name = Advance();
        if (name.Kind != TokenKind.Name || !Jinja.Tests.Names.Contains(name.Text))
        {
            throw new TemplateException(name.Line,
                $"there is no test {name}.{NearestName.Question(name.Text, Jinja.Tests.Names)} Supported tests: " +
                $"{string.Join(", ", Jinja.Tests.Names)}.");
        }

        ArgumentList arguments =
            Accept("(") ? Arguments() : StartsOperand() ? new ArgumentList([Postfix(Primary())], []) : ArgumentList.None;
        return new TestCall(line, target, name.Text, arguments, negated);
    }

    private bool StartsOperand() => Current.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => Current.Text is not ("else" or "or" or "and" or "if" or "in" or "not" or "is" or "recursive"),
        _ => Current.Is("[") || Current.Is("{"),
    };
}
