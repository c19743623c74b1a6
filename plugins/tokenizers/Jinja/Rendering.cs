using System.Text;

namespace Tenon.Tokenizers.Jinja;

/// <summary>
/// One rendering: its output, the parts that <c>{% generation %}</c> marks, and limits, so that an untrusted template ends within
/// a second and within bounded memory.
/// </summary>
internal sealed class Rendering(DateTimeOffset now)
{
    /// <summary>
    /// Steps that a rendering may take; a step is an evaluated expression, a statement, an item of a result, or 64 characters
    /// of one.
    /// </summary>
    public const int MaximumSteps = 2_000_000;

    /// <summary>Characters that a value or the output may have.</summary>
    public const int MaximumLength = 1 << 24;

    private readonly Stack<StringBuilder> _outputs = new([new StringBuilder()]);
    private readonly List<(int Start, int End)> _generated = [];
    private long _steps;

    /// <summary>The time that <c>strftime_now</c> prints.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>The output so far.</summary>
    public string Text => _outputs.Peek().ToString();

    /// <summary>The marked parts: start and end in characters of the output.</summary>
    public IReadOnlyList<(int Start, int End)> Generated => _generated;

    /// <summary>Counts a step.</summary>
    public void Step(int line, long steps = 1)
    {
        Values.CheckDepth();
        _steps += steps;
        if (_steps > MaximumSteps)
            throw new TemplateException(line, $"rendering takes more than {MaximumSteps:N0} steps.");
    }

    /// <summary>Counts the size of a result; an item of a list counts as 16 characters.</summary>
    public object? Charge(object? value, int line)
    {
        int length = value is string text ? text.Length : value is Sequence sequence ? sequence.Items.Count : 0;
        CheckLength(value is string ? length : 16.0 * length, line);
        Step(line, value is string ? length / 64 : length);
        return value;
    }

    /// <summary>Rejects a length above the limit.</summary>
    public static void CheckLength(double length, int line)
    {
        if (length > MaximumLength)
            throw new TemplateException(line, $"a value would have {length:N0} characters; at most {MaximumLength:N0} are allowed.");
    }

    /// <summary>Writes to the output.</summary>
    public void Write(string text, int line)
    {
        StringBuilder output = _outputs.Peek();
        CheckLength((double)output.Length + text.Length, line);
        Step(line, text.Length / 64);
        output.Append(text);
    }

    /// <summary>Runs an action and returns its output instead of writing it.</summary>
    public string Capture(Action action)
    {
        _outputs.Push(new StringBuilder());
        try
        {
            action();
            return Text;
        }
        finally
        {
            _outputs.Pop();
        }
    }

    /// <summary>Marks the output of an action.</summary>
    public void MarkGenerated(Action action, int line)
    {
        if (_outputs.Count > 1)
            throw new TemplateException(line, "'{% generation %}' is not allowed inside a macro, a call or a captured block.");
        int start = _outputs.Peek().Length;
        action();
        _generated.Add((start, _outputs.Peek().Length));
    }
}
