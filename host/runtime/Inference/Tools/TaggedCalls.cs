using System.Text;
using System.Text.Json;
using Tenon.Host.Inference.Formats;

namespace Tenon.Host.Inference.Tools;

/// <summary>The form of Hermes and Qwen: calls between tags, after text or other calls.</summary>
internal sealed class TaggedCalls : ToolCallSyntax
{
    private const string Open = "<tool_call>";
    private const string Close = "</tool_call>";

    /// <inheritdoc/>
    public override string Example => $$"""{{Open}}{"name": …, "arguments": …}{{Close}}""";

    /// <inheritdoc/>
    public override string Start => $"{Open}\n";

    /// <inheritdoc/>
    public override string? End => Close;

    /// <inheritdoc/>
    protected override string ArgumentsKey => "arguments";

    /// <inheritdoc/>
    public override IToolCallReader Reader(IReadOnlyList<Tool> tools, bool isStarted, bool allowsSeveral) =>
        new TaggedReader(tools, isStarted);

    /// <inheritdoc/>
    protected override bool IsIn(string template) => template.Contains(Open, StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override Expression Calls(Expression call, bool allowsSeveral)
    {
        var ended = new Sequence([call, Expression.Text($"\n{Close}")]);
        return allowsSeveral ? new Sequence([ended, new Repeat(new Sequence([Expression.Text($"\n{Start}"), ended]), 0, null)]) : ended;
    }

    // White space before and between calls is part of the form, not of the text.
    private sealed class TaggedReader(IReadOnlyList<Tool> tools, bool isStarted) : IToolCallReader
    {
        private readonly StringBuilder _text = new();
        private readonly List<ToolCall> _calls = [];
        private string _rest = "";
        private string _space = "";
        private string _open = isStarted ? "" : Open; // what the reply contains of the tag
        private bool _isInCall = isStarted;
        private bool _hasCalls;

        public ToolCallPart Read(string part, bool isLast)
        {
            _rest += part;
            while (_isInCall ? ReadCall(isLast) : ReadText(isLast))
            {
            }

            if (isLast && !_hasCalls)
                _text.Append(_space);
            var read = new ToolCallPart(_text.ToString(), [.. _calls]);
            _text.Clear();
            _calls.Clear();
            return read;
        }

        // Reads to the end of the call; returns whether it is there.
        private bool ReadCall(bool isLast)
        {
            int close = _rest.IndexOf(Close, StringComparison.Ordinal);
            if (close < 0 && !isLast)
                return false;
            (string body, int end) = close < 0 ? (_rest, _rest.Length) : (_rest[..close], close + Close.Length);
            using JsonDocument? json = Parse(body);
            if (json is not null && ToolCallSyntax.Read(json.RootElement, tools) is { } call)
            {
                _calls.Add(call);
                (_hasCalls, _space) = (true, "");
            }
            else
            {
                Add(_open + _rest[..end]);
            }

            (_rest, _open, _isInCall) = (_rest[end..], Open, false);
            return true;
        }

        // Reads to the start of a call; returns whether it is there.
        private bool ReadText(bool isLast)
        {
            int open = _rest.IndexOf(Open, StringComparison.Ordinal);
            int end = open >= 0 ? open : isLast ? _rest.Length : _rest.Length - Unfinished(_rest);
            Add(_rest[..end]);
            _rest = _rest[(open >= 0 ? open + Open.Length : end)..];
            _isInCall = open >= 0;
            return _isInCall;
        }

        private void Add(string text)
        {
            string all = _space + text, visible = all.TrimEnd();
            _text.Append(visible);
            _space = all[visible.Length..];
        }

        // Length of the start of a tag at the end of a text.
        private static int Unfinished(string text)
        {
            int length = Math.Min(text.Length, Open.Length - 1);
            while (length > 0 && !Open.AsSpan(0, length).SequenceEqual(text.AsSpan(text.Length - length)))
                length--;
            return length;
        }
    }
}
