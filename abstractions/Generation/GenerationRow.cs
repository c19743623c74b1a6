namespace Tenon;

/// <summary>A prompt in a <see cref="GenerationBatch"/> with the tokens generated so far.</summary>
public sealed class GenerationRow
{
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbabilities = [];
    private readonly List<TokenScores> _scores = [];
    private HashSet<int>? _occurred;
    private Dictionary<int, int>? _counts;

    internal GenerationRow(GenerationRequest request, SamplingOptions options, IReadOnlyList<int> endOfText) =>
        (Request, Options, EndOfText, Format) = (request, options, endOfText, options.Format?.Start());

    /// <summary>Token ids of the text that an encoder reads; null if the row has only a prompt.</summary>
    public IReadOnlyList<int>? Source => Request.Source;

    /// <summary>Token ids of the prompt.</summary>
    public IReadOnlyList<int> Prompt => Request.Prompt;

    /// <summary>The ids that end the row.</summary>
    public IReadOnlyList<int> EndOfText { get; }

    /// <summary>Tokens generated so far, with the id that ended them, if one was drawn.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>
    /// The log-probability of each token in the distribution from which it was drawn; empty unless the batch keeps them.
    /// </summary>
    public IReadOnlyList<float> LogProbabilities => _logProbabilities;

    /// <summary>The scores of each token in the model's own distribution; empty unless the row's request asks for them.</summary>
    public IReadOnlyList<TokenScores> Scores => _scores;

    /// <summary>Number of prompt tokens that were not processed, because a <see cref="PrefixCache"/> had their keys and values.</summary>
    public int ReusedTokens { get; internal set; }

    /// <summary>
    /// Why generation ended: a <see cref="GenerationEnding"/>, or the reason given to <see cref="GenerationBatch.Remove"/>;
    /// null while the row is in the batch.
    /// </summary>
    public string? Ending { get; internal set; }

    internal GenerationRequest Request { get; }

    internal SamplingOptions Options { get; }

    /// <summary>What may come next; null for any text.</summary>
    internal ITokenFormatState? Format { get; }

    internal int LastToken => _tokens.Count > 0 ? _tokens[^1] : Prompt[^1];

    // The tokens of prompt and text, for the repetition penalty.
    internal IReadOnlyCollection<int> Occurred => _occurred ??= [.. Prompt, .. _tokens];

    // How often each token was generated, for the frequency and presence penalties.
    internal IReadOnlyDictionary<int, int> Counts => _counts ??= _tokens.CountBy(token => token).ToDictionary();

    internal void Add(int token, float? logProbability, TokenScores? scores)
    {
        _tokens.Add(token);
        _occurred?.Add(token);
        if (_counts is not null)
            _counts[token] = _counts.GetValueOrDefault(token) + 1;
        if (logProbability is { } value)
            _logProbabilities.Add(value);
        if (scores is not null)
            _scores.Add(scores);
    }
}
