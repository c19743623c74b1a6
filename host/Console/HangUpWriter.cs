using System.Text;

namespace Tenon.Cli.Console;

/// <summary>
/// Standard output or error of a program whose terminal may be closed. A run then still has to write its checkpoint, so what
/// it prints is dropped; all other failures to write, such as a full disk, are thrown.
/// </summary>
/// <param name="inner">Where the text goes while there is a terminal.</param>
internal sealed class HangUpWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    // EIO of Linux, macOS and the BSDs: what writing to a terminal that is gone ends with. .NET passes it on unchanged.
    private const int InputOutputError = 5;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException gone) when (!OperatingSystem.IsWindows() && gone.HResult == InputOutputError)
        {
            // Nobody reads it any more.
        }
    }
}
