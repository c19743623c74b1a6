using TorchSharp;

namespace Tenon;

/// <summary>
/// The generation loop of causal language models as a running batch: prompts can join and leave between steps, and each
/// <see cref="Step"/> adds a token to every row. A row draws from its own random stream, may have its own options, and ends at its
/// own length, so its tokens do not depend on the other rows, apart from rounding in floating-point sums. The model must be in eval
/// mode and must not change while the batch is in use. Not thread-safe.
/// </summary>
/// <param name="model">Not disposed.</param>
/// <param name="options">
/// How tokens are chosen in rows without options of their own. Stop texts are handled by the caller, who sees the text: see
/// <see cref="Remove"/>.
/// </param>
/// <param name="endOfText">The ids that end a row, usually <see cref="ICausalLanguageModel.EndOfText"/>; empty: none.</param>
/// <param name="keepLogProbabilities">Whether <see cref="GenerationRow.LogProbabilities"/> are kept.</param>
public sealed class GenerationBatch(
    ICausalLanguageModel model, SamplingOptions options, IReadOnlyList<int> endOfText, bool keepLogProbabilities = false) : IDisposable
{
    private readonly ICausalLanguageModel _model = model ?? throw new ArgumentNullException(nameof(model));
    private readonly SamplingOptions _options = options ?? throw new ArgumentNullException(nameof(options));
    private readonly IReadOnlyList<int> _endOfText = endOfText ?? throw new ArgumentNullException(nameof(endOfText));
    private readonly PromptQueue _prompts = new(model);
    private readonly CachedRows _running = new();
    private DraftRows? _draft;
    private torch.Device? _device;

    /// <summary>
    /// Maximum number of prompt tokens that a <see cref="Step"/> processes, padding included, so that running rows do not wait for long
    /// prompts: a longer prompt is processed in parts, one in each step, and gets its first token after the last part. Short prompts
    /// may overtake it, and have the same limit of their own. Null processes all prompts at once. At least 1. A source is never
    /// divided.
    /// </summary>
    public int? PrefillTokens
    {
        get => _prompts.Limit;
        init => _prompts.Limit = value;
    }

    /// <summary>
    /// The start of earlier prompts of the same model, so that a prompt is processed only from where it differs; null for none. Prompts
    /// that come together are processed one after the other if they share most of their tokens. Not disposed.
    /// </summary>
    public PrefixCache? Prefixes
    {
        get => _prompts.Prefixes;
        init => _prompts.Prefixes = value;
    }

    /// <summary>
    /// A smaller model that proposes tokens, for rows without a guess by <see cref="SamplingOptions.PromptLookup"/>; null for none. It
    /// reads each prompt at once. Not disposed.
    /// </summary>
    public DraftModel? Draft { get; init; }

    /// <summary>Number of tokens that were guessed or proposed so far.</summary>
    public long GuessedTokens { get; private set; }

    /// <summary>Number of guessed or proposed tokens that became part of a text.</summary>
    public long AcceptedTokens { get; private set; }

    /// <summary>The rows that have not ended.</summary>
    public IReadOnlyList<GenerationRow> Rows => [.. _running.Rows, .. _prompts.Rows];

    /// <summary>Adds a prompt; the next <see cref="Step"/> processes it. A prompt that fills the context ends immediately.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="random">The only source of randomness of this row.</param>
    /// <exception cref="ModelException">The prompt is empty, or longer than the context.</exception>
    public GenerationRow Add(IReadOnlyList<int> prompt, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(random);
        return Add(new GenerationRequest(prompt, random));
    }

    /// <summary>Adds a source with the start of its target; the next <see cref="Step"/> encodes it.</summary>
    /// <param name="source">Token ids of the source (<see cref="IEncoderDecoder.NewCache"/>).</param>
    /// <param name="prompt">The target so far, at least one token: usually only <see cref="IEncoderDecoder.DecoderStart"/>.</param>
    /// <param name="random">The only source of randomness of this row.</param>
    /// <exception cref="ModelException">
    /// The model has no encoder, the source is too long, or the prompt is empty or longer than the context.
    /// </exception>
    public GenerationRow Add(IReadOnlyList<int> source, IReadOnlyList<int> prompt, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(random);
        return Add(new GenerationRequest(prompt, random) { Source = source });
    }

    /// <summary>Adds a prompt with settings of its own; the next <see cref="Step"/> processes it.</summary>
    /// <param name="request">The prompt and its settings.</param>
    /// <exception cref="ModelException">
    /// The prompt is empty or longer than the context; or there is a source, and the model has no encoder or the source is too long.
    /// </exception>
    public GenerationRow Add(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Source is { } source)
            StartedRows.CheckSource(_model, source);
        StartedRows.CheckPrompt(_model, request.Prompt);
        var row = new GenerationRow(request, request.Options ?? _options, request.EndOfText ?? _endOfText);
        if (request.Prompt.Count == _model.ContextLength)
            row.Ending = GenerationEnding.Context;
        else
            _prompts.Add(row);
        return row;
    }

    /// <summary>Ends a row early: a stop text was found, or the request was cancelled. Does nothing if it has ended.</summary>
    /// <param name="row">A row of this batch.</param>
    /// <param name="ending">The reason, for <see cref="GenerationRow.Ending"/>.</param>
    public void Remove(GenerationRow row, string ending)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Ending is not null)
            return;
        row.Ending = ending;
        _prompts.Remove(row);
        DropEnded();
    }

    /// <summary>
    /// Adds one token to every row whose prompt has been processed (<see cref="PrefillTokens"/>), and more to rows whose next tokens were
    /// guessed (<see cref="SamplingOptions.PromptLookup"/>) or proposed (<see cref="Draft"/>). Rows that end leave the batch.
    /// </summary>
    /// <exception cref="ModelException">There is a draft, and one of the models has an encoder.</exception>
    public void Step()
    {
        if (Rows.Count == 0)
            return;
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        _draft ??= Draft is { } draft ? new DraftRows(draft, _model) : null;
        int continuing = _running.Rows.Count;
        Guess[] guesses = Guesses();
        int most = guesses.Select(guess => guess.Length).DefaultIfEmpty().Max();
        // [B, 1 + G, V]: after the last token of each row and its guesses, which are on the right; and [N, 1, V] of new rows.
        (Tensor? continued, Tensor? started) = Logits(guesses);
        guesses = [.. guesses, .. Enumerable.Repeat(Guess.None, _running.Rows.Count - continuing)];
        int[] rows = [.. Enumerable.Range(0, _running.Rows.Count)];
        for (int at = 0; rows.Length > 0; at++)
        {
            using DisposeScope position = torch.NewDisposeScope();
            NextTokens.Draw(
                most == 0 ? Joined(continued, started).squeeze(1) : torch.stack([.. rows.Select(Next)]),
                Array.ConvertAll(rows, row => _running.Rows[row]), keepLogProbabilities,
                Array.ConvertAll(rows, row => guesses[row].At(at)));
            foreach (int row in rows)
                _running.Rows[row].Ending = Ending(_running.Rows[row]);
            // A guess that was drawn is the next token, after which the model has already computed the logits.
            int[] accepted = Array.FindAll(
                rows, row => at < guesses[row].Length && _running.Rows[row].LastToken == guesses[row].Tokens[at]);
            AcceptedTokens += accepted.Length;
            rows = Array.FindAll(accepted, row => _running.Rows[row].Ending is null);

            Tensor Next(int row) =>
                row < continuing ? continued![row, most - guesses[row].Length + at] : started![row - continuing, 0];
        }

        foreach ((int row, Guess guess) in guesses.Index().Where(guess => guess.Item.Length > 0))
        {
            GuessedTokens += guess.Length;
            _running.Cache!.Truncate(row, _running.Rows[row].Prompt.Count + _running.Rows[row].Tokens.Count - 1);
        }

        DropEnded();
    }

    /// <summary>Frees the caches. Rows keep their tokens.</summary>
    public void Dispose()
    {
        _running.Dispose();
        _prompts.Dispose();
        _draft?.Dispose();
    }

    private string? Ending(GenerationRow row) =>
        row.EndOfText.Contains(row.LastToken) || row.Format is { IsComplete: true } ? GenerationEnding.EndOfText
        : row.Tokens.Count >= row.Options.MaxNewTokens ? GenerationEnding.Length
        : row.Prompt.Count + row.Tokens.Count >= _model.ContextLength ? GenerationEnding.Context
        : null;

    // Guesses for each running row, which must leave room in the cache.
    private Guess[] Guesses()
    {
        int[] rooms = [.. _running.Rows.Select((row, at) =>
            Math.Min(row.Options.MaxNewTokens - row.Tokens.Count, _running.Capacity - _running.Cache!.Lengths[at]) - 1)];
        Guess[] guesses = [.. _running.Rows.Select((row, at) =>
            new Guess(PromptLookup.Guess(row, Math.Min(row.Options.PromptLookup, rooms[at]))))];
        if (_draft is null || guesses.Length == 0)
            return guesses;
        Dictionary<GenerationRow, int> places = _running.Rows.Index().ToDictionary(row => row.Item, row => row.Index);
        IReadOnlyDictionary<GenerationRow, Guess> proposed =
            _draft.Propose(row => places.TryGetValue(row, out int at) && guesses[at].Length == 0 ? rooms[at] : 0);
        return [.. _running.Rows.Select((row, at) => proposed.GetValueOrDefault(row, guesses[at]))];
    }

    // Logits after the last token of each row and its guesses, and after new prompts. New rows become running rows only after the
    // model has succeeded.
    private (Tensor? Continued, Tensor? Started) Logits(Guess[] guesses)
    {
        _device ??= _model.Module.parameters().First().device;
        var started = new Queue<(GenerationRow[] Rows, StartedRows Made)>();
        try
        {
            // Not shorter than the running rows, so that the rows fit into one cache.
            _prompts.Process(_running.Capacity, _device, started);
            Tensor? continued = _running.Rows.Count > 0 ? Continue(guesses) : null;
            List<Tensor> logits = [];
            while (started.TryPeek(out (GenerationRow[] Rows, StartedRows Made) next))
            {
                logits.Add(next.Made.Logits.unsqueeze(1));
                _running.Append(next.Rows, next.Made.Cache);
                started.Dequeue();
                foreach (GenerationRow row in next.Rows)
                    _prompts.Remove(row);
                _draft?.Start(next.Rows);
            }

            return (continued, logits.Count == 0 ? null : torch.cat(logits, 0));
        }
        catch
        {
            foreach ((_, StartedRows made) in started)
                made.Cache.Dispose();
            throw;
        }
    }

    private Tensor Continue(Guess[] guesses)
    {
        (Tensor ids, Tensor? mask) = StartedRows.PadLeft(
            [.. _running.Rows.Select((row, at) => (IReadOnlyList<int>)[row.LastToken, .. guesses[at].Tokens])], _device!);
        return _model.Logits(ids, mask, _running.Cache, lastOnly: ids.size(1) == 1);
    }

    private static Tensor Joined(Tensor? continued, Tensor? started) =>
        started is null ? continued! : continued is null ? started : torch.cat([continued, started], 0);

    private void DropEnded() => _running.Keep(row => row.Ending is null);
}
