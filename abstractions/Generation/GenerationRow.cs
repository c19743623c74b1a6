namespace Tenon;

/// <summary>A prompt in a <see cref="GenerationBatch"/> with the tokens generated so far.</summary>
public sealed class GenerationRow
{
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbabilities = [];

    internal GenerationRow(IReadOnlyList<int> prompt, SeededRandom random, IReadOnlyList<int>? source = null) =>
        (Prompt, Random, Source) = (prompt, random, source);

    /// <summary>Token ids of the text that an encoder reads; null if the row has only a prompt.</summary>
    public IReadOnlyList<int>? Source { get; }

    /// <summary>Token ids of the prompt.</summary>
    public IReadOnlyList<int> Prompt { get; }

    /// <summary>Tokens generated so far, with the id that ended them, if one was drawn.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>
    /// The log-probability of each token in the distribution from which it was drawn; empty unless the batch keeps them.
    /// </summary>
    public IReadOnlyList<float> LogProbabilities => _logProbabilities;

    /// <summary>
    /// Why generation ended: a <see cref="GenerationEnding"/>, or the reason given to <see cref="GenerationBatch.Remove"/>;
    /// null while the row is in the batch.
    /// </summary>
    public string? Ending { get; internal set; }

    internal SeededRandom Random { get; }

    /// <summary>What may come next; null for any text.</summary>
    internal ITokenFormatState? Format { get; set; }

    internal int LastToken => _tokens.Count > 0 ? _tokens[^1] : Prompt[^1];

    internal void Add(int token, float? logProbability)
    {
        _tokens.Add(token);
        if (logProbability is { } value)
            _logProbabilities.Add(value);
    }
}
