using System.Text;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Serving;

namespace Tenon.Server.OpenAi;

/// <summary>A text as far as it was received.</summary>
/// <param name="reader">Reads the calls of functions in it; null if it has none.</param>
internal sealed class CollectedText(IToolCallReader? reader)
{
    private readonly StringBuilder _text = new();
    private readonly List<ScoredToken> _tokens = [];
    private readonly List<(string Id, ToolCall Call)> _calls = [];

    /// <summary>The text without calls.</summary>
    public string Text => _text.ToString();

    /// <summary>The calls with their ids.</summary>
    public IReadOnlyList<(string Id, ToolCall Call)> Calls => _calls;

    /// <summary>Text and calls of the last part.</summary>
    public ToolCallPart Last { get; private set; } = new("", []);

    /// <summary>Length of the text before the last part.</summary>
    public int LastStart { get; private set; }

    /// <summary>The tokens of the last part with scores, if the request asks for them.</summary>
    public IReadOnlyList<ScoredToken> LastTokens { get; private set; } = [];

    /// <summary>Its tokens with scores, if the request asks for them.</summary>
    public IReadOnlyList<ScoredToken> Tokens => _tokens;

    /// <summary>Number of tokens.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Why it ended, or null.</summary>
    public string? Ending { get; private set; }

    /// <summary>Adds the next part.</summary>
    public void Add(TextPart part)
    {
        Last = reader?.Read(part.Text, part.Ending is not null) ?? new ToolCallPart(part.Text, []);
        LastStart = _text.Length;
        _text.Append(Last.Text);
        _calls.AddRange(Last.Calls.Select(call => (ToolMessage.NewId(), call)));
        LastTokens = part.Tokens;
        _tokens.AddRange(part.Tokens);
        (TokenCount, Ending) = (part.TokenCount, part.Ending);
    }
}
