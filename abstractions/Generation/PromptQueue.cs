using TorchSharp;

namespace Tenon;

/// <summary>The rows of a <see cref="GenerationBatch"/> whose prompts have not been processed yet.</summary>
/// <param name="model">A model in eval mode.</param>
internal sealed class PromptQueue(ICausalLanguageModel model) : IDisposable
{
    private readonly List<GenerationRow> _waiting = [];
    private PartialPrompt? _partial;

    /// <summary>Maximum number of tokens to process at a time (<see cref="GenerationBatch.PrefillTokens"/>); null for no limit.</summary>
    public int? Limit { get; set; }

    /// <summary>The start of earlier prompts; null for none. Not disposed.</summary>
    public PrefixCache? Prefixes { get; set; }

    /// <summary>The rows.</summary>
    public IEnumerable<GenerationRow> Rows => _partial is null ? _waiting : _waiting.Prepend(_partial.Row);

    /// <summary>Adds a row.</summary>
    public void Add(GenerationRow row) => _waiting.Add(row);

    /// <summary>Removes a row, if it is here.</summary>
    public void Remove(GenerationRow row)
    {
        _waiting.Remove(row);
        if (_partial?.Row != row)
            return;
        _partial.Dispose();
        _partial = null;
    }

    /// <summary>
    /// Processes a part of a long prompt and the short prompts of one step. The rows stay here until they are removed, so that a failure
    /// does not lose them.
    /// </summary>
    /// <param name="capacity">Least capacity of the caches.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="started">Receives the rows whose prompts were processed. The caller owns their caches, also after an exception.</param>
    public void Process(int capacity, torch.Device device, Queue<(GenerationRow[] Rows, StartedRows Made)> started)
    {
        if (Limit is { } limit)
            ProcessPart(limit, capacity, device, started);
        // First the rows that continue known prefixes, before new ones replace these.
        foreach (IGrouping<bool, GenerationRow> group in Next().GroupBy(row => Known(row) > 0).OrderByDescending(group => group.Key))
        {
            GenerationRow[] rows = [.. group];
            int needed = Capacity(rows, capacity);
            StartedRows made = group.Key
                ? StartedRows.Continue(model, Begin(rows, needed), [.. rows.Select(row => row.Prompt)], device)
                : StartedRows.Of(model, [.. rows.Select(row => (row.Source, row.Prompt))], needed, device);
            Add(rows, made, started);
        }
    }

    /// <summary>Frees the cache of a prompt that was processed in part.</summary>
    public void Dispose() => _partial?.Dispose();

    private void ProcessPart(int limit, int capacity, torch.Device device, Queue<(GenerationRow[] Rows, StartedRows Made)> started)
    {
        if (_partial is null && _waiting.Find(row => row.Source is null && Left(row) > limit) is { } next)
        {
            int needed = Capacity([next], capacity);
            _partial = new PartialPrompt(next, Known(next) > 0 ? Begin([next], needed) : model.NewCache(1, needed));
            _waiting.Remove(next);
        }

        if (_partial?.Process(model, limit, device) is not { } made)
            return;
        GenerationRow[] rows = [_partial.Row];
        _partial = null;
        Add(rows, made, started);
    }

    private void Add(GenerationRow[] rows, StartedRows made, Queue<(GenerationRow[] Rows, StartedRows Made)> started)
    {
        started.Enqueue((rows, made));
        if (rows[0].Source is null)
            Prefixes?.Store([.. rows.Select(row => row.Prompt)], made.Cache);
    }

    // The rows to process together in this step: all, or as many short ones as the limit allows, and at least one.
    private GenerationRow[] Next()
    {
        var next = new List<GenerationRow>();
        int longest = 0;
        foreach (GenerationRow row in _waiting)
        {
            int left = Left(row);
            bool isLong = row.Source is null && left > Limit;
            if (isLong || next.Exists(other => Shares(row, other)))
                continue;
            longest = Math.Max(longest, left);
            if (next.Count > 0 && longest * (next.Count + 1) > Limit)
                break;
            next.Add(row);
        }

        return [.. next];
    }

    // Whether most of what is left of a row is known once another row has been processed, so that it is worth a step to wait.
    private bool Shares(GenerationRow row, GenerationRow other) =>
        row.Source is null && Prefixes is { } prefixes && prefixes.Holds(other.Prompt.Count)
        && 2 * (PrefixCache.Shared(row.Prompt, other.Prompt) - Known(row)) > Left(row);

    // Tokens at the start of the prompt whose keys and values are known.
    private int Known(GenerationRow row) => row.Source is null && Prefixes is { } prefixes ? prefixes.Match(row.Prompt) : 0;

    // Tokens to process; a source is never divided.
    private int Left(GenerationRow row) => row.Source?.Count ?? row.Prompt.Count - Known(row);

    // A cache with the known start of each prompt.
    private IKeyValueCache Begin(GenerationRow[] rows, int capacity)
    {
        IKeyValueCache cache = Prefixes!.Begin([.. rows.Select(row => row.Prompt)], capacity);
        foreach ((GenerationRow row, int length) in rows.Zip(cache.Lengths))
            row.ReusedTokens = length;
        return cache;
    }

    // The last token drawn is never fed back into the model.
    private int Capacity(GenerationRow[] rows, int least) => Math.Max(
        least, rows.Max(row => (int)Math.Min(model.ContextLength, row.Prompt.Count + (long)row.Options.MaxNewTokens - 1)));
}
