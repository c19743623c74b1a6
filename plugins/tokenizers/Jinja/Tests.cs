namespace Tenon.Tokenizers.Jinja;

/// <summary>The tests of <c>value is test</c>.</summary>
internal static class Tests
{
    private static readonly SortedDictionary<string, Func<object?, Arguments, bool>> All = new(StringComparer.Ordinal)
    {
        ["boolean"] = (value, arguments) => Plain(arguments, value is bool),
        ["callable"] = (value, arguments) => Plain(arguments, value is Function),
        ["defined"] = (value, arguments) => Plain(arguments, value is not Undefined),
        ["divisibleby"] =
            (value, arguments) => arguments.Allow("num").Integer(0, "num", 0) is not 0 and var by && Integer(value, arguments) % by == 0,
        ["eq"] = (value, arguments) => Compare("==", value, arguments),
        ["equalto"] = (value, arguments) => Compare("==", value, arguments),
        ["even"] = (value, arguments) => Plain(arguments, Integer(value, arguments) % 2 == 0),
        ["false"] = (value, arguments) => Plain(arguments, value is false),
        ["float"] = (value, arguments) => Plain(arguments, value is double),
        ["ge"] = (value, arguments) => Compare(">=", value, arguments),
        ["greaterthan"] = (value, arguments) => Compare(">", value, arguments),
        ["gt"] = (value, arguments) => Compare(">", value, arguments),
        ["in"] = (value, arguments) => Operators.Contains(arguments.Allow("seq").Get(0, "seq"), value, arguments.Line),
        ["integer"] = (value, arguments) => Plain(arguments, value is long),
        ["iterable"] = (value, arguments) => Plain(arguments, Values.ItemsOf(value) is not null),
        ["le"] = (value, arguments) => Compare("<=", value, arguments),
        ["lessthan"] = (value, arguments) => Compare("<", value, arguments),
        ["lower"] = (value, arguments) => Plain(arguments, Strings.IsLower(Values.Print(value))),
        ["lt"] = (value, arguments) => Compare("<", value, arguments),
        ["mapping"] = (value, arguments) => Plain(arguments, value is Mapping),
        ["ne"] = (value, arguments) => Compare("!=", value, arguments),
        ["none"] = (value, arguments) => Plain(arguments, value is null),
        ["number"] = (value, arguments) => Plain(arguments, Values.IsNumber(value)),
        ["odd"] = (value, arguments) => Plain(arguments, Integer(value, arguments) % 2 != 0),
        ["sameas"] = (value, arguments) => arguments.Allow("other").Get(0, "other") is var other
            && (ReferenceEquals(value, other)
                || (value?.GetType() == other?.GetType() && value is bool or long or string && value.Equals(other))),
        ["sequence"] = (value, arguments) => Plain(arguments, value is Sequence or string or Mapping or Undefined),
        ["string"] = (value, arguments) => Plain(arguments, value is string),
        ["true"] = (value, arguments) => Plain(arguments, value is true),
        ["undefined"] = (value, arguments) => Plain(arguments, value is Undefined),
        ["upper"] = (value, arguments) => Plain(arguments, Strings.IsUpper(Values.Print(value))),
    };

    /// <summary>Names of all tests, sorted.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>Whether a value passes a test.</summary>
    public static bool Passes(string name, object? value, Arguments arguments) => All[name](value, arguments);

    private static bool Plain(Arguments arguments, bool passes)
    {
        arguments.Allow();
        return passes;
    }

    private static bool Compare(string op, object? value, Arguments arguments) =>
        Operators.Compare(op, value, arguments.Allow("other").Get(0, "other"), arguments.Line);

    private static long Integer(object? value, Arguments arguments) =>
        value is long or bool ? Values.Integer(value) : throw arguments.Error($"needs an integer, not {Values.TypeName(value)}");
}
