using System.Text;

namespace Tenon.Cli.Console;

/// <summary>
/// Standard output or error of a program whose terminal may be closed. The run must still write its checkpoint, so its output is
/// then discarded; all other write failures, such as a full disk, are thrown.
/// </summary>
/// <param name="inner">The destination while the terminal exists.</param>
internal sealed class HangUpWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    // EIO on Linux, macOS and the BSDs: the error of writing to a terminal that no longer exists. .NET passes it on unchanged.
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
            // Nobody is reading the output any more.
        }
    }
}
