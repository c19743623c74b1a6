namespace Tenon.Tokenizers.Jinja;

/// <summary>A template is malformed, uses something unsupported, exceeds a limit, or calls <c>raise_exception</c>.</summary>
internal sealed class TemplateException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="line">Line in the template, from 1; 0 if unknown.</param>
    /// <param name="reason">The problem and how to fix it.</param>
    public TemplateException(int line, string reason) : base(line > 0 ? $"line {line}: {reason}" : reason)
    {
        Line = line;
        Reason = reason;
    }

    /// <summary>Line in the template, from 1; 0 when unknown.</summary>
    public int Line { get; }

    /// <summary>The problem, without the line.</summary>
    public string Reason { get; }
}
