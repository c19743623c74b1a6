using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>Python's operators on values.</summary>
internal static class Operators
{
    /// <summary>The result of a comparison.</summary>
    public static bool Compare(string op, object? left, object? right, int line) => op switch
    {
        "==" => Values.AreEqual(left, right),
        "!=" => !Values.AreEqual(left, right),
        "in" => Contains(right, left, line),
        "not in" => !Contains(right, left, line),
        _ => Values.Compare(left, right) is { } order
            ? op switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 }
            : throw new TemplateException(line, $"'{op}' cannot compare {Values.TypeName(left)} with {Values.TypeName(right)}."),
    };

    /// <summary>Whether a container contains a value: a part of a string, a key of a mapping, an item of a sequence.</summary>
    public static bool Contains(object? container, object? value, int line) => container switch
    {
        string text => value is string part
            ? text.Contains(part, StringComparison.Ordinal)
            : throw new TemplateException(line, $"'in' can search a string only for a string, not for {Values.TypeName(value)}."),
        Mapping mapping => mapping.TryGet(value, out _),
        Sequence sequence => sequence.Items.Any(item => Values.AreEqual(item, value)),
        Undefined => false,
        _ => throw new TemplateException(line, $"'in' cannot search {Values.TypeName(container)}."),
    };

    /// <summary>The result of <c>+ - * / // % ** ~</c>.</summary>
    public static object? Combine(string op, object? left, object? right, int line) => (op, left, right) switch
    {
        ("~", _, _) => Values.Print(left) + Values.Print(right),
        ("+", string a, string b) => a + b,
        ("+", Sequence a, Sequence b) when a.IsTuple == b.IsTuple => new Sequence(a.Items.Concat(b.Items), a.IsTuple),
        ("*", string or Sequence, long or bool) => Repeat(left, Values.Integer(right), line),
        ("*", long or bool, string or Sequence) => Repeat(right, Values.Integer(left), line),
        ("%", string format, _) => Formatting.Percent(format, right is Sequence { IsTuple: true } tuple ? tuple.Items : [right], line),
        _ when Values.IsNumber(left) && Values.IsNumber(right) => Calculate(op, left, right, line),
        _ => throw new TemplateException(line, $"'{op}' cannot combine {Values.TypeName(left)} and {Values.TypeName(right)}."),
    };

    private static object Repeat(object? value, long times, int line)
    {
        times = Math.Max(0, times);
        if (value is string text)
        {
            Rendering.CheckLength(text.Length * (double)times, line);
            return new StringBuilder().Insert(0, text, (int)(text.Length == 0 ? 0 : times)).ToString();
        }

        var sequence = (Sequence)value!;
        Rendering.CheckLength(16.0 * sequence.Items.Count * times, line);
        return new Sequence(
            sequence.Items.Count == 0 ? [] : Enumerable.Range(0, (int)times).SelectMany(_ => sequence.Items), sequence.IsTuple);
    }

    private static object Calculate(string op, object? left, object? right, int line)
    {
        if (op is "/" or "//" or "%" && Values.Number(right) == 0)
            throw new TemplateException(line, "division by zero.");
        try
        {
            return left is double || right is double || op == "/" || (op == "**" && Values.Number(right) < 0)
                ? (object)Floating(op, Values.Number(left), Values.Number(right))
                : Integer(op, Values.Integer(left), Values.Integer(right));
        }
        catch (OverflowException)
        {
            throw new TemplateException(line, $"the result of '{op}' does not fit into 64 bits.");
        }
    }

    private static double Floating(string op, double left, double right) => op switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "//" => Math.Floor(left / right),
        "%" => left - right * Math.Floor(left / right),
        _ => Math.Pow(left, right),
    };

    private static long Integer(string op, long left, long right)
    {
        switch (op)
        {
            case "+":
                return checked(left + right);
            case "-":
                return checked(left - right);
            case "*":
                return checked(left * right);
            case "//":
                return checked(left / right) - (left % right != 0 && left < 0 != right < 0 ? 1 : 0);
            case "%":
                return right == -1 ? 0 : left % right is var rest && rest != 0 && rest < 0 != right < 0 ? rest + right : rest;
            default:
                long power = 1;
                for (; right > 0; right >>= 1)
                {
                    if ((right & 1) == 1)
                        power = checked(power * left);
                    if (right > 1)
                        left = checked(left * left);
                }

                return power;
        }
    }
}
