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
    private readonly List<GenerationRow> _waiting = [];
    private List<GenerationRow> _running = []; // in the order of the cache's rows
    private PartialPrompt? _partial;
    private IKeyValueCache? _cache;
    private torch.Device? _device;

    /// <summary>
    /// Maximum number of prompt tokens that a <see cref="Step"/> processes, padding included, so that running rows do not wait for long
    /// prompts: a longer prompt is processed in parts, one in each step, and gets its first token after the last part. Short prompts
    /// may overtake it, and have the same limit of their own. Null processes all prompts at once. At least 1. A source is never
    /// divided.
    /// </summary>
    public int? PrefillTokens { get; init; }

    /// <summary>The rows that have not ended.</summary>
    public IReadOnlyList<GenerationRow> Rows => _partial is null ? [.. _running, .. _waiting] : [.. _running, _partial.Row, .. _waiting];

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
            _waiting.Add(row);
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
        _waiting.Remove(row);
        if (_partial?.Row == row)
        {
            _partial.Dispose();
            _partial = null;
        }

        DropEnded();
    }

    /// <summary>
    /// Adds one token to every row whose prompt has been processed (<see cref="PrefillTokens"/>), and more to rows whose next tokens were
    /// guessed (<see cref="SamplingOptions.PromptLookup"/>). Rows that end leave the batch.
    /// </summary>
    public void Step()
    {
        if (_running.Count + _waiting.Count == 0 && _partial is null)
            return;
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        int[][] guesses = Guesses();
        int most = guesses.Select(guess => guess.Length).DefaultIfEmpty().Max();
        if (Logits(guesses) is not { } logits) // [B, 1 + G, V]: after the last token of each row and its guesses, which are on the right
            return;
        int[] rows = [.. Enumerable.Range(0, _running.Count)];
        for (int at = 0; rows.Length > 0; at++)
        {
            using DisposeScope position = torch.NewDisposeScope();
            Tensor next = most == 0
                ? logits.squeeze(1) : torch.stack([.. rows.Select(row => logits[row, most - guesses[row].Length + at])]);
            NextTokens.Draw(next, Array.ConvertAll(rows, row => _running[row]), keepLogProbabilities);
            foreach (int row in rows)
                _running[row].Ending = Ending(_running[row]);
            // A guess that was drawn is the next token, after which the model has already computed the logits.
            rows = most == 0 ? [] : Array.FindAll(rows, row =>
                _running[row].Ending is null && at < guesses[row].Length && _running[row].LastToken == guesses[row][at]);
        }

        foreach ((int row, int[] guess) in guesses.Index().Where(guess => guess.Item.Length > 0))
            _cache!.Truncate(row, _running[row].Prompt.Count + _running[row].Tokens.Count - 1);
        DropEnded();
    }

    /// <summary>Frees the cache. Rows keep their tokens.</summary>
    public void Dispose()
    {
        _cache?.Dispose();
        _partial?.Dispose();
    }

    private string? Ending(GenerationRow row) =>
        row.EndOfText.Contains(row.LastToken) || row.Format is { IsComplete: true } ? GenerationEnding.EndOfText
        : row.Tokens.Count >= row.Options.MaxNewTokens ? GenerationEnding.Length
        : row.Prompt.Count + row.Tokens.Count >= _model.ContextLength ? GenerationEnding.Context
        : null;

    // Guesses for each running row, which must leave room in the cache; none while prompts are processed.
    private int[][] Guesses() => _waiting.Count == 0 && _partial is null
        ? [.. _running.Select((row, at) => PromptLookup.Guess(row, Math.Min(
            row.Options.PromptLookup,
            Math.Min(row.Options.MaxNewTokens - row.Tokens.Count, _cache!.Capacity - _cache.Lengths[at]) - 1)))]
        : [];

    // Logits after the last token of each row and its guesses, [B, 1 + G, V]; null if no row has any yet. Waiting rows become running
    // rows only after the model has succeeded.
    private Tensor? Logits(int[][] guesses)
    {
        _device ??= _model.Module.parameters().First().device;
        var started = new Queue<(GenerationRow[] Rows, StartedRows Made)>();
        try
        {
            ProcessPart(started);
            if (Next() is { Length: > 0 } rows)
                started.Enqueue((rows, StartedRows.Of(_model, [.. rows.Select(row => (row.Source, row.Prompt))], Capacity(rows), _device)));
            List<Tensor> logits = _running.Count > 0 ? [Continue(guesses)] : [];
            while (started.TryPeek(out (GenerationRow[] Rows, StartedRows Made) next))
            {
                logits.Add(next.Made.Logits.unsqueeze(1));
                Merge(next.Rows, next.Made.Cache);
                started.Dequeue();
            }

            return logits.Count switch
            {
                0 => null,
                1 => logits[0],
                _ => torch.cat(logits, 0),
            };
        }
        catch
        {
            foreach ((_, StartedRows made) in started)
                made.Cache.Dispose();
            throw;
        }
    }

    // Processes the next part of a long prompt, if there is one.
    private void ProcessPart(Queue<(GenerationRow[] Rows, StartedRows Made)> started)
    {
        if (PrefillTokens is not { } limit)
            return;
        if (_partial is null && _waiting.Find(row => row.Source is null && row.Prompt.Count > limit) is { } next)
        {
            _partial = new PartialPrompt(next, _model.NewCache(1, Capacity([next])));
            _waiting.Remove(next);
        }

        if (_partial?.Process(_model, limit, _device!) is not { } made)
            return;
        started.Enqueue(([_partial.Row], made));
        _partial = null;
    }

    // The waiting rows to process together in this step: all, or as many short ones as the limit allows, and at least one.
    private GenerationRow[] Next()
    {
        if (PrefillTokens is not { } limit)
            return [.. _waiting];
        var next = new List<GenerationRow>();
        int longest = 0;
        foreach (GenerationRow row in _waiting.Where(row => row.Source is not null || row.Prompt.Count <= limit))
        {
            longest = Math.Max(longest, (row.Source ?? row.Prompt).Count);
            if (next.Count > 0 && longest * (next.Count + 1) > limit)
                break;
            next.Add(row);
        }

        return [.. next];
    }

    // The last token drawn is never fed back into the model. Not less than the running rows', so that the rows fit into one cache.
    private int Capacity(GenerationRow[] rows) => Math.Max(
        rows.Max(row => Math.Min(_model.ContextLength, row.Prompt.Count + row.Options.MaxNewTokens - 1)),
        _running.Count > 0 ? _cache!.Capacity : 0);

    private Tensor Continue(int[][] guesses)
    {
        (Tensor ids, Tensor? mask) = StartedRows.PadLeft(
            [.. _running.Select((row, at) => (IReadOnlyList<int>)[row.LastToken, .. guesses.ElementAtOrDefault(at) ?? []])], _device!);
        return _model.Logits(ids, mask, _cache, lastOnly: ids.size(1) == 1);
    }

    // Rows whose prompts have been processed in their own cache are appended to the running ones.
    private void Merge(GenerationRow[] rows, IKeyValueCache started)
    {
        IKeyValueCache? former = _cache;
        if (_running.Count == 0)
        {
            _cache = started;
        }
        else if (started.Capacity <= former!.Capacity)
        {
            former.Add(started);
            former = started;
        }
        else
        {
            // The new prompts need longer rows, so the running rows move to their cache.
            (int added, int before) = (started.Lengths.Count, _running.Count);
            started.Add(former);
            started.Select([.. Enumerable.Range(added, before), .. Enumerable.Range(0, added)]);
            _cache = started;
        }

        former?.Dispose();
        _running = [.. _running, .. rows];
        _waiting.RemoveAll(rows.Contains);
    }

    // The last rows replace the ended ones, so that few rows are copied.
    private void DropEnded()
    {
        if (_running.TrueForAll(row => row.Ending is null))
            return;
        var places = new List<int>(Enumerable.Range(0, _running.Count));
        for (int at = places.Count - 1; at >= 0; at--)
        {
            if (_running[places[at]].Ending is null)
                continue;
            places[at] = places[^1];
            places.RemoveAt(places.Count - 1);
        }

        _running = [.. places.Select(place => _running[place])];
        _cache!.Select(places);
    }
}
