namespace Tenon.Host.Inference.Text;

/// <summary>A row of a <see cref="GenerationBatch"/> with its text.</summary>
/// <param name="row">The row.</param>
/// <param name="text">Its text.</param>
internal sealed class GeneratedText(GenerationRow row, TextStream text)
{
    private int _read;

    /// <summary>The row.</summary>
    public GenerationRow Row => row;

    /// <summary>
    /// Why the text ended; null while it has not. Text that the decoder held back until the end can complete a stop text.
    /// </summary>
    public string? Ending => row.Ending is null ? null : text.Stopped ? GenerationEnding.Stop : row.Ending;

    /// <summary>Number of tokens read so far.</summary>
    public int TokenCount => _read;

    /// <summary>The tokens read so far, except the one that ends the text.</summary>
    public IEnumerable<int> Tokens => row.Tokens.Take(_read).Where(token => !row.EndOfText.Contains(token));

    /// <summary>Appends the tokens of a step, and ends the row at a stop text.</summary>
    /// <param name="batch">The row's batch, after a step.</param>
    /// <param name="onToken">Receives the index of each token before its text is appended; not that of the one that ends the text.</param>
    /// <returns>Whether there was a token.</returns>
    public bool Read(GenerationBatch batch, Action<int>? onToken = null)
    {
        if (_read == row.Tokens.Count)
            return false;
        while (_read < row.Tokens.Count && !text.Stopped)
        {
            int token = row.Tokens[_read++];
            if (row.EndOfText.Contains(token))
                continue;
            onToken?.Invoke(_read - 1);
            text.Add(token);
        }

        if (text.Stopped)
            batch.Remove(row, GenerationEnding.Stop);
        if (row.Ending is not null)
            text.Finish();
        return true;
    }

    /// <summary>The whole text.</summary>
    public Continuation Result() => new(text.Text, [.. Tokens], Ending!);
}
