using TorchSharp;

namespace Tenon;

/// <summary>
/// Keys and values of earlier prompts, so that a prompt with the same start, such as a system text or the earlier turns of a dialogue, is
/// processed only from where it differs. The prompt that was not used for the longest time is dropped first. Used on the model's
/// thread; the numbers may be read from any thread. The model must not change.
/// </summary>
public sealed class PrefixCache : IDisposable
{
    // A copy of fewer tokens is not worth its time.
    private const int Shortest = 16;

    private readonly ICausalLanguageModel _model;
    private readonly long _bytesPerToken;
    private readonly LinkedList<Prefix> _prefixes = []; // the last used first
    private long _maxBytes;
    private long _bytes;
    private long _reusedTokens;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="model">Not disposed. If its caches do not report their memory, or it has an encoder, nothing is kept.</param>
    /// <param name="maxBytes">Maximum memory of keys and values in bytes, 0 or more.</param>
    public PrefixCache(ICausalLanguageModel model, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        (_model, _maxBytes, _bytesPerToken) = (model, maxBytes, model is IEncoderDecoder ? 0 : BytesPerToken(model));
    }

    /// <summary>Maximum memory in bytes. A lower value drops prompts at once.</summary>
    public long MaxBytes
    {
        get => _maxBytes;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxBytes = value;
            Trim(value);
        }
    }

    /// <summary>Memory in use, in bytes.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Number of prompt tokens that were not processed again, since the cache was created.</summary>
    public long ReusedTokens => Interlocked.Read(ref _reusedTokens);

    /// <summary>Frees the memory. The cache is then empty.</summary>
    public void Dispose() => Trim(0);

    /// <summary>Measures the memory that a token takes in a model's cache.</summary>
    /// <param name="model">Not disposed.</param>
    /// <returns>Bytes; 0 if the cache does not report its memory.</returns>
    public static long BytesPerToken(ICausalLanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using IKeyValueCache one = model.NewCache(1, 1), two = model.NewCache(1, 2);
        return two.Bytes - one.Bytes;
    }

    /// <summary>Whether a prompt of a length can be kept.</summary>
    internal bool Holds(int tokens) => _bytesPerToken > 0 && tokens >= Shortest && tokens * _bytesPerToken <= _maxBytes;

    /// <summary>Number of tokens at the start of a prompt that need not be processed; at least one token is left.</summary>
    internal int Match(IReadOnlyList<int> prompt) => Find(prompt)?.Length ?? 0;

    /// <summary>Number of tokens of a prompt that need not be processed once another prompt is kept.</summary>
    internal static int Shared(IReadOnlyList<int> prompt, IReadOnlyList<int> other)
    {
        int most = Math.Min(prompt.Count - 1, other.Count), length = 0;
        while (length < most && prompt[length] == other[length])
            length++;
        return length < Shortest ? 0 : length;
    }

    /// <summary>Creates a cache whose rows contain the known start of each prompt.</summary>
    /// <param name="prompts">Prompts with a known start (<see cref="Match"/>).</param>
    /// <param name="capacity">Tokens that fit in each row.</param>
    /// <returns>The cache; the caller disposes it.</returns>
    internal IKeyValueCache Begin(IReadOnlyList<IReadOnlyList<int>> prompts, int capacity)
    {
        IKeyValueCache rows = Empty(capacity);
        try
        {
            foreach (IReadOnlyList<int> prompt in prompts)
            {
                (Prefix prefix, int length) = Find(prompt)!.Value;
                _prefixes.Remove(prefix);
                _prefixes.AddFirst(prefix);
                AddStart(rows, prefix, length);
                Interlocked.Add(ref _reusedTokens, length);
            }

            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Keeps copies of prompts that have been processed, as far as they fit.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="rows">A cache with a row for each prompt. Not modified.</param>
    internal void Store(IReadOnlyList<IReadOnlyList<int>> prompts, IKeyValueCache rows)
    {
        foreach ((int row, IReadOnlyList<int> prompt) in prompts.Index())
        {
            if (!Holds(prompt.Count) || _prefixes.Any(prefix => IsStart(prompt, prefix.Tokens)))
                continue;
            foreach (Prefix covered in _prefixes.Where(prefix => IsStart(prefix.Tokens, prompt)).ToArray())
                Drop(covered);
            Trim(_maxBytes - prompt.Count * _bytesPerToken);
            var added = new Prefix([.. prompt], Copy(rows, row, prompt.Count));
            _prefixes.AddFirst(added);
            Interlocked.Add(ref _bytes, added.Cache.Bytes);
            Trim(_maxBytes); // a prompt-tuned model also keeps its prompt
        }
    }

    private (Prefix Prefix, int Length)? Find(IReadOnlyList<int> prompt)
    {
        (Prefix Prefix, int Length)? best = null;
        foreach (Prefix prefix in _prefixes)
        {
            int length = Shared(prompt, prefix.Tokens);
            if (length > (best?.Length ?? 0))
                best = (prefix, length);
        }

        return best;
    }

    private void AddStart(IKeyValueCache rows, Prefix prefix, int length)
    {
        if (length == prefix.Tokens.Length)
        {
            rows.Add(prefix.Cache);
            return;
        }

        using IKeyValueCache start = Copy(prefix.Cache, row: 0, prefix.Tokens.Length);
        start.Truncate(0, length);
        rows.Add(start);
    }

    private void Trim(long bytes)
    {
        while (_prefixes.Last is { } last && _bytes > bytes)
            Drop(last.Value);
    }

    private void Drop(Prefix prefix)
    {
        _prefixes.Remove(prefix);
        Interlocked.Add(ref _bytes, -prefix.Cache.Bytes);
        prefix.Cache.Dispose();
    }

    // A row of a cache as a cache that is not larger than the row.
    private IKeyValueCache Copy(IKeyValueCache rows, int row, int length)
    {
        int longest = rows.Lengths.Max();
        IKeyValueCache copy = Empty(longest);
        copy.Add(rows);
        if (rows.Lengths.Count == 1 && longest == length)
            return copy;
        using IKeyValueCache all = copy;
        all.Select([row]);
        IKeyValueCache one = Empty(length);
        one.Add(all);
        return one;
    }

    // Without rows, because the rows of a prompt-tuned model do not mix with rows that have no prompt yet.
    private IKeyValueCache Empty(int capacity)
    {
        IKeyValueCache cache = _model.NewCache(1, capacity);
        cache.Select([]);
        return cache;
    }

    private static bool IsStart(IReadOnlyList<int> start, IReadOnlyList<int> tokens) =>
        start.Count <= tokens.Count && start.SequenceEqual(tokens.Take(start.Count));

    private sealed class Prefix(int[] tokens, IKeyValueCache cache)
    {
        public int[] Tokens => tokens;

        public IKeyValueCache Cache => cache;
    }
}
