using System.Text;
using Spectre.Console;

namespace Tenon.Cli.Console;

/// <summary>
/// Shows control characters in labels, names and generated text as <c>\u001b</c> instead of sending them to the terminal, where they
/// could move the cursor, hide text or change the window. (Spectre.Console drops them without a trace.) Line feeds and tabs are kept,
/// and a carriage return before a line feed. In JSON, the same escapes mean the same characters.
/// </summary>
internal static class PrintableText
{
    /// <summary>Returns a writer of plain text to a console, without markup or wrapping.</summary>
    /// <param name="console">The console.</param>
    public static TextWriter Text(this IAnsiConsole console) => new Writer(console.Profile.Out.Writer);

    /// <summary>Returns a writer that escapes what it passes on.</summary>
    /// <param name="inner">The destination; owned by the caller.</param>
    public static TextWriter Over(TextWriter inner) => new Writer(inner);

    /// <summary>Returns a text with its control characters escaped; the same object if it has none.</summary>
    /// <param name="text">The text.</param>
    public static string Of(string text)
    {
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length; i++)
        {
            char value = text[i];
            bool shown = !char.IsControl(value) || value is '\n' or '\t' || (value == '\r' && i + 1 < text.Length && text[i + 1] == '\n');
            if (shown && escaped is null)
                continue;
            escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (shown)
                escaped.Append(value);
            else
                escaped.Append($"\\u{(int)value:x4}");
        }

        return escaped?.ToString() ?? text;
    }

    /// <summary>Returns a text for markup, with its control characters and brackets escaped.</summary>
    /// <param name="text">The text.</param>
    public static string Escape(string text) => Markup.Escape(Of(text));

    private sealed class Writer(TextWriter inner) : TextWriter
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(string? value) => inner.Write(value is null ? null : Of(value));

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

        public override void WriteLine() => inner.WriteLine();

        public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : Of(value));

        public override void Flush() => inner.Flush();
    }
}
