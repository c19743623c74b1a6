namespace Tenon.Tokenizers.Jinja;

/// <summary>Functions that every template may call.</summary>
internal static class Globals
{
    /// <summary>Maximum number of items of <c>range</c>, as in Jinja's sandbox.</summary>
    private const int MaximumRange = 100_000;

    /// <summary>Defines the functions in a scope.</summary>
    public static void Define(Scope scope)
    {
        foreach (Function function in (Function[])[
            new("raise_exception",
                arguments => throw new RaisedException(arguments.Line, Values.Print(arguments.Allow("message").Get(0, "message")))),
            new("strftime_now",
                arguments => Formatting.Time(scope.Rendering.Now, arguments.Allow("format").Text(0, "format"), arguments.Line)),
            new("namespace", Create),
            new("range", Range),
            new("dict", arguments => new Mapping(
                (arguments.Positional is [Mapping first]
                    ? first.Entries
                    : arguments.Positional.Count == 0 ? [] : throw arguments.Error("takes one mapping and keywords"))
                .Concat(arguments.Keywords.Select(entry => KeyValuePair.Create<object, object?>(entry.Key, entry.Value))))),
        ])
        {
            scope.Set(function.Name, function);
        }
    }

    private static Namespace Create(Arguments arguments)
    {
        var members = new Namespace();
        foreach (object? first in arguments.Positional)
        {
            Mapping mapping = first as Mapping
                ?? throw arguments.Error($"takes mappings and keywords, not {Values.TypeName(first)}");
            foreach (KeyValuePair<object, object?> entry in mapping.Entries)
                members.Members[Values.Print(entry.Key)] = entry.Value;
        }

        foreach ((string name, object? value) in arguments.Keywords)
            members.Members[name] = value;
        return members;
    }

    private static Sequence Range(Arguments arguments)
    {
        arguments.Allow("start", "stop", "step");
        bool single = arguments.Positional.Count == 1;
        long start = single ? 0 : arguments.Integer(0, "start", 0), stop = arguments.Integer(single ? 0 : 1, "stop", 0),
            step = arguments.Integer(2, "step", 1);
        if (step == 0)
            throw arguments.Error("needs a step other than 0");
        double count = Math.Ceiling(((double)stop - start) / step);
        if (count > MaximumRange)
            throw arguments.Error($"would have {count:N0} items; at most {MaximumRange:N0} are allowed");
        return new Sequence(Enumerable.Range(0, (int)Math.Max(0, count)).Select(i => (object?)(start + i * step)));
    }
}

/// <summary>A template called <c>raise_exception</c> because it does not accept the messages.</summary>
/// <param name="line">Line of the call.</param>
/// <param name="reason">What the template reports.</param>
internal sealed class RaisedException(int line, string reason) : Exception(reason)
{
    /// <summary>Line of the call.</summary>
    public int Line { get; } = line;
}
