using System.Text;

namespace Tenon.Host.Inference.Text;

/// <summary>
/// The text of one continuation as its tokens arrive. Text that may be the start of a stop text is held back, so that no part
/// of a stop text is shown.
/// </summary>
/// <param name="decoder">Decoder of the model's tokenizer.</param>
/// <param name="stops">Texts that end the continuation; never empty strings.</param>
/// <param name="onText">Receives each piece once it is final, or null.</param>
internal sealed class TextStream(IStreamingDecoder decoder, IReadOnlyList<string> stops, Action<string>? onText)
{
    private readonly StringBuilder _text = new();
    private int _shown;

    /// <summary>Whether a stop text was found; the text ends before it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Length of the text so far.</summary>
    public int Length => _text.Length;

    /// <summary>Length of the text that is final.</summary>
    public int ShownLength => _shown;

    /// <summary>Adds a token.</summary>
    public void Add(int id)
    {
        Append(decoder.Add(id));
        Show(Stopped ? _text.Length : _text.Length - HeldBack());
    }

    /// <summary>Adds the decoder's remaining text and emits everything.</summary>
    public void Finish()
    {
        if (!Stopped)
            Append(decoder.Flush());
        Show(_text.Length);
    }

    private void Append(string piece)
    {
        if (piece.Length == 0)
            return;
        // A stop text can start in earlier pieces.
        int from = Math.Max(0, _text.Length - (stops.Count == 0 ? 0 : stops.Max(stop => stop.Length) - 1));
        _text.Append(piece);
        string tail = _text.ToString(from, _text.Length - from);
        int first = stops.Select(stop => tail.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (first < 0)
            return;
        Stopped = true;
        _text.Length = from + first;
    }

    // Length of the longest suffix of the text that is a prefix of a stop text.
    private int HeldBack()
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, _text.Length); length > longest; length--)
            {
                if (stop.StartsWith(_text.ToString(_text.Length - length, length), StringComparison.Ordinal))
                    longest = length;
            }
        }

        return longest;
    }

    private void Show(int end)
    {
        if (end <= _shown)
            return;
        onText?.Invoke(_text.ToString(_shown, end - _shown));
        _shown = end;
    }
}
