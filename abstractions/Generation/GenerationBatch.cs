using TorchSharp;

namespace Tenon;

/// <summary>
/// The generation loop of causal language models as a running batch: prompts can join and leave between steps, and each
/// <see cref="Step"/> adds a token to every row. A row draws from its own random stream and ends at its own length,
/// so its tokens do not depend on the other rows, apart from rounding in floating-point sums. The model must be in eval mode
/// and must not change while the batch is in use. Not thread-safe.
/// </summary>
/// <param name="model">Not disposed.</param>
/// <param name="options">
/// How tokens are chosen. Stop texts are handled by the caller, who sees the text: see <see cref="Remove"/>.
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
    private IKeyValueCache? _cache;
    private torch.Device? _device;
    private Tensor? _occurred; // bool [B, V], for the repetition penalty

    /// <summary>The rows that have not ended.</summary>
    public IReadOnlyList<GenerationRow> Rows => [.. _running, .. _waiting];

    /// <summary>Adds a prompt; the next <see cref="Step"/> processes it. A prompt that fills the context ends immediately.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="random">The only source of randomness of this row.</param>
    /// <exception cref="ModelException">The prompt is empty, or longer than the context.</exception>
    public GenerationRow Add(IReadOnlyList<int> prompt, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(random);
        return Add(new GenerationRow(prompt, random));
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
        StartedRows.CheckSource(_model, source);
        return Add(new GenerationRow(prompt, random, source));
    }

    private GenerationRow Add(GenerationRow row)
    {
        StartedRows.CheckPrompt(_model, row.Prompt);
        row.Format = _options.Format?.Start();
        if (row.Prompt.Count == _model.ContextLength)
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
        DropEnded();
    }

    /// <summary>
    /// Adds one token to every row, and more to rows whose next tokens were guessed (<see cref="SamplingOptions.PromptLookup"/>). Rows that
    /// end with it leave the batch.
    /// </summary>
    public void Step()
    {
        if (_running.Count + _waiting.Count == 0)
            return;
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        int[][] guesses = Guesses();
        Tensor logits = Logits(guesses); // [B, 1 + G, V]: after the last token of each row and after its guesses, which are on the right
        int most = guesses.Max(guess => guess.Length);
        int[] rows = [.. Enumerable.Range(0, _running.Count)];
        for (int at = 0; rows.Length > 0; at++)
        {
            using DisposeScope position = torch.NewDisposeScope();
            Add(rows, most == 0
                ? logits.squeeze(1) : torch.stack([.. rows.Select(row => logits[row, most - guesses[row].Length + at])]));
            // A guess that was drawn is the next token, after which the model has already computed the logits.
            rows = Array.FindAll(rows, row =>
                _running[row].Ending is null && at < guesses[row].Length && _running[row].LastToken == guesses[row][at]);
        }

        foreach ((int row, int[] guess) in guesses.Index())
        {
            if (guess.Length > 0)
                _cache!.Truncate(row, _running[row].Prompt.Count + _running[row].Tokens.Count - 1);
        }

        DropEnded();
    }

    // Draws a token for each of some rows from their logits [R, V].
    private void Add(int[] rows, Tensor logits)
    {
        GenerationRow[] chosenRows = Array.ConvertAll(rows, row => _running[row]);
        if (_options.Constraints is { } constraints)
            logits = ConstrainedTokens.Apply(logits, constraints, _options.MaxNewTokens, _endOfText, [.. chosenRows.Select(RowOf)]);
        if (_options.Format is not null)
            logits = FormattedTokens.Apply(logits, Array.ConvertAll(chosenRows, row => row.Format), _endOfText);
        Tensor? occurred = Occurred();
        Tensor? index = occurred is null ? null : torch.tensor(Array.ConvertAll(rows, row => (long)row), device: _device);
        Tensor distribution = TokenDistribution.Logits(logits, _options, occurred?.index_select(0, index!));
        Tensor chosen = _options.Temperature == 0
            ? distribution.argmax(-1)
            : TokenDistribution.Draw(distribution, Array.ConvertAll(chosenRows, row => row.Random.NextDouble())); // [R]
        occurred?.index_put_(torch.tensor(true, device: _device), index!, chosen);
        float[]? logProbabilities = keepLogProbabilities
            ? [.. distribution.log_softmax(-1).gather(1, chosen.unsqueeze(1)).cpu().data<float>()]
            : null;
        long[] tokens = [.. chosen.cpu().data<long>()];
        foreach ((int at, GenerationRow row) in chosenRows.Index())
        {
            row.Add((int)tokens[at], logProbabilities?[at]);
            if (!_endOfText.Contains(row.LastToken))
                row.Format?.Add(row.LastToken);
            row.Ending = Ending(row);
        }
    }

    /// <summary>Frees the cache. Rows keep their tokens.</summary>
    public void Dispose()
    {
        _cache?.Dispose();
        _occurred?.Dispose();
    }

    private string? Ending(GenerationRow row) =>
        _endOfText.Contains(row.LastToken) || row.Format is { IsComplete: true } ? GenerationEnding.EndOfText
        : row.Tokens.Count >= _options.MaxNewTokens ? GenerationEnding.Length
        : row.Prompt.Count + row.Tokens.Count >= _model.ContextLength ? GenerationEnding.Context
        : null;

    // Guesses for each row, which must leave room in the cache. New rows have none, and no row has any while prompts are processed.
    private int[][] Guesses() => _waiting.Count == 0 && _options.PromptLookup > 0
        ? [.. _running.Select((row, at) => PromptLookup.Guess(row, Math.Min(
            _options.PromptLookup,
            Math.Min(_options.MaxNewTokens - row.Tokens.Count, _cache!.Capacity - _cache.Lengths[at]) - 1)))]
        : [.. Enumerable.Repeat(Array.Empty<int>(), _running.Count + _waiting.Count)];

    // Logits after the last token of each row and its guesses, [B, 1 + G, V]. Waiting rows become running rows only after the model has
    // succeeded.
    private Tensor Logits(int[][] guesses)
    {
        _device ??= _model.Module.parameters().First().device;
        if (_waiting.Count == 0)
            return Continue(guesses);
        // The last token drawn is never fed back into the model.
        int capacity = _waiting.Max(row => Math.Min(_model.ContextLength, row.Prompt.Count + _options.MaxNewTokens - 1));
        StartedRows started = StartedRows.Of(
            _model, [.. _waiting.Select(row => (row.Source, row.Prompt))], Math.Max(capacity, _cache?.Capacity ?? 0), _device);
        try
        {
            Tensor logits = started.Logits.unsqueeze(1);
            if (_running.Count > 0)
                logits = torch.cat([Continue(guesses), logits], 0);
            Merge(started.Cache);
            return logits;
        }
        catch
        {
            started.Cache.Dispose();
            throw;
        }
    }

    private static (IReadOnlyList<int> Prompt, IReadOnlyList<int> Tokens) RowOf(GenerationRow row) => (row.Prompt, row.Tokens);

    private Tensor Continue(int[][] guesses)
    {
        (Tensor ids, Tensor? mask) = StartedRows.PadLeft(
            [.. _running.Zip(guesses, (row, guess) => (IReadOnlyList<int>)[row.LastToken, .. guess])], _device!);
        return _model.Logits(ids, mask, _cache, lastOnly: ids.size(1) == 1);
    }

    // The waiting rows, whose prompts have their own cache, are appended to the running ones.
    private void Merge(IKeyValueCache started)
    {
        IKeyValueCache? former = _cache;
        if (_running.Count == 0)
        {
            _cache = started;
        }
        else if (started.Capacity == former!.Capacity)
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
        _running = [.. _running, .. _waiting];
        _waiting.Clear();
        _occurred?.Dispose();
        _occurred = null;
    }

    private Tensor? Occurred()
    {
        if (_options.RepetitionPenalty == 1 || _occurred is not null)
            return _occurred;
        var occurred = new bool[_running.Count, _model.VocabularySize];
        foreach ((int at, GenerationRow row) in _running.Index())
        {
            foreach (int id in row.Prompt.Concat(row.Tokens))
                occurred[at, id] = true;
        }

        return _occurred = torch.tensor(occurred, device: _device).DetachFromDisposeScope();
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
        if (_occurred is not { } former)
            return;
        using Tensor rows = torch.tensor(places.ConvertAll(place => (long)place), device: _device);
        _occurred = former.index_select(0, rows).DetachFromDisposeScope();
        former.Dispose();
    }
}
