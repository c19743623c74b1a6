using System.Text;
using Tenon.Host.Inference.Text;

namespace Tenon.Host.Serving;

/// <summary>A text that waits or is generated. Used on the model's thread.</summary>
/// <param name="request">The request.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="answers">Receives its parts.</param>
/// <param name="index">Index of the text among them.</param>
internal sealed class RunningText(TextRequest request, ITokenizer tokenizer, TextAnswers answers, int index)
{
    private readonly StringBuilder _piece = new();

    // Tokens with scores that have not been written, and where their text begins.
    private readonly List<(int Start, ScoredToken Token)> _held = [];

    private TextStream? _stream;
    private GeneratedText? _text;

    /// <summary>The request.</summary>
    public TextRequest Request => request;

    /// <summary>Whether the text is no longer wanted.</summary>
    public bool IsCancelled => answers.Cancelled.IsCancellationRequested;

    /// <summary>Whether the text has ended.</summary>
    public bool HasEnded => _text?.Ending is not null;

    /// <summary>Adds the text to a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <exception cref="ModelException">The model cannot continue the prompt.</exception>
    public void Begin(GenerationBatch batch)
    {
        GenerationRow row = batch.Add(request.Input.Request(request.Random) with
        {
            Options = request.Sampling,
            EndOfText = request.Ends,
            TopScores = request.TopScores,
        });
        _stream = new TextStream(
            tokenizer.Target.StreamingDecoder(), request.Sampling.Stop ?? [], piece => _piece.Append(piece));
        _text = new GeneratedText(row, _stream);
        if (HasEnded)
            Write();
    }

    /// <summary>Reads the tokens of a step and writes the text that is now final.</summary>
    /// <param name="batch">The text's batch, after a step.</param>
    public void Read(GenerationBatch batch)
    {
        if (_text!.Read(batch, Hold) && (_piece.Length > 0 || HasEnded))
            Write();
    }

    /// <summary>Ends the text with a failure.</summary>
    /// <param name="batch">The text's batch; null if it is not in one.</param>
    /// <param name="failure">What its reader throws.</param>
    public void Fail(GenerationBatch? batch, Exception failure)
    {
        if (_text is not null)
            batch?.Remove(_text.Row, "failed");
        answers.Fail(failure);
    }

    private void Hold(int at)
    {
        GenerationRow row = _text!.Row;
        if (row.Scores.Count > 0)
            _held.Add((_stream!.Length, new ScoredToken(row.Tokens[at], row.Scores[at])));
    }

    // With a stop text, tokens after the end of the text are not part of it.
    private void Write()
    {
        int shown = HasEnded && !_stream!.Stopped ? int.MaxValue : _stream!.ShownLength;
        ScoredToken[] tokens = [.. _held.TakeWhile(token => token.Start < shown).Select(token => token.Token)];
        _held.RemoveRange(0, tokens.Length);
        answers.Write(index, new TextPart(_piece.ToString(), tokens, _text!.TokenCount, _text.Ending));
        _piece.Clear();
    }
}
