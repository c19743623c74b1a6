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

    /// <summary>Adds one token to every row. Rows that end with it leave the batch.</summary>
    public void Step()
    {
        if (_running.Count + _waiting.Count == 0)
            return;
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = Logits(); // [B, V]
        if (_options.Constraints is { } constraints)
            logits = ConstrainedTokens.Apply(logits, constraints, _options.MaxNewTokens, _endOfText, [.. _running.Select(RowOf)]);
        Tensor distribution = TokenDistribution.Logits(logits, _options, Occurred());
        Tensor chosen = _options.Temperature == 0
            ? distribution.argmax(-1)
            : TokenDistribution.Draw(distribution, [.. _running.Select(row => row.Random.NextDouble())]); // [B]
        Tensor column = chosen.unsqueeze(1);
        _occurred?.scatter_(1, column, torch.ones_like(column, torch.ScalarType.Bool));
        float[]? logProbabilities = keepLogProbabilities
            ? [.. distribution.log_softmax(-1).gather(1, column).cpu().data<float>()]
            : null;
        long[] tokens = [.. chosen.cpu().data<long>()];
        foreach ((int at, GenerationRow row) in _running.Index())
        {
            row.Add((int)tokens[at], logProbabilities?[at]);
            row.Ending = Ending(row);
        }

        DropEnded();
    }

    /// <summary>Frees the cache. Rows keep their tokens.</summary>
    public void Dispose()
    {
        _cache?.Dispose();
        _occurred?.Dispose();
    }

    private string? Ending(GenerationRow row) =>
        _endOfText.Contains(row.LastToken) ? GenerationEnding.EndOfText
        : row.Tokens.Count >= _options.MaxNewTokens ? GenerationEnding.Length
        : row.Prompt.Count + row.Tokens.Count >= _model.ContextLength ? GenerationEnding.Context
        : null;

    // Logits after the last token of each row, [B, V]. Waiting rows become running rows only after the model has succeeded.
    private Tensor Logits()
    {
        _device ??= _model.Module.parameters().First().device;
        if (_waiting.Count == 0)
            return Continue();
        // The last token drawn is never fed back into the model.
        int capacity = _waiting.Max(row => Math.Min(_model.ContextLength, row.Prompt.Count + _options.MaxNewTokens - 1));
        StartedRows started = StartedRows.Of(
            _model, [.. _waiting.Select(row => (row.Source, row.Prompt))], Math.Max(capacity, _cache?.Capacity ?? 0), _device);
        try
        {
            Tensor logits = started.Logits;
            if (_running.Count > 0)
                logits = torch.cat([Continue(), logits], 0);
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

    private Tensor Continue()
    {
        long[] last = [.. _running.Select(row => (long)row.LastToken)];
        return _model.Logits(torch.tensor(last, [last.Length, 1], device: _device), cache: _cache, lastOnly: true).squeeze(1);
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
