using System.Text;

namespace Tenon.Host.Inference.Tools;

/// <summary>Reads replies that are either calls or text: a reply that starts like calls is held back until it has ended.</summary>
/// <param name="read">Reads calls; null if the text is not calls.</param>
/// <param name="first">The first character of calls.</param>
internal sealed class WholeReplyReader(Func<string, IReadOnlyList<ToolCall>?> read, char first) : IToolCallReader
{
    private readonly StringBuilder _held = new();
    private bool? _mayBeCalls; // null before the first character that is not white space

    /// <inheritdoc/>
    public ToolCallPart Read(string part, bool isLast)
    {
        if (_mayBeCalls is false)
            return new ToolCallPart(part, []);
        _held.Append(part);
        if (_mayBeCalls is null && part.TrimStart() is { Length: > 0 } start)
            _mayBeCalls = start[0] == first;
        if (!isLast && _mayBeCalls is not false)
            return new ToolCallPart("", []);
        string text = _held.ToString();
        return _mayBeCalls is true && read(text.Trim()) is { } calls ? new ToolCallPart("", calls) : new ToolCallPart(text, []);
    }
}
