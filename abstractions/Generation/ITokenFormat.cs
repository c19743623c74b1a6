namespace Tenon;

/// <summary>
/// A format that a generated text must have, such as JSON or a regular expression, in terms of a tokenizer's tokens. Immutable and
/// thread-safe: all rows of all batches may use the same object.
/// </summary>
public interface ITokenFormat
{
    /// <summary>Returns the state of a text that has no tokens yet.</summary>
    ITokenFormatState Start();
}

/// <summary>What may follow the tokens of one text in its <see cref="ITokenFormat"/>. Not thread-safe.</summary>
public interface ITokenFormatState
{
    /// <summary>Whether the text may end here.</summary>
    bool MayEnd { get; }

    /// <summary>Whether the text must end here, because no token may follow.</summary>
    bool IsComplete { get; }

    /// <summary>Determines the tokens that may come next. Tokens that end a text are not among them (<see cref="MayEnd"/>).</summary>
    /// <param name="allowed">One item per id of the model; set to true for ids that may come next, and not changed for others.</param>
    void Allow(Span<bool> allowed);

    /// <summary>Adds the next token.</summary>
    /// <param name="token">An id that <see cref="Allow"/> allows.</param>
    /// <exception cref="InvalidOperationException">The token may not come next.</exception>
    void Add(int token);
}
