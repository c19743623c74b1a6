using TorchSharp;

namespace Tenon;

/// <summary>The rows of a <see cref="GenerationBatch"/> in its draft model, which reads the same tokens and proposes more.</summary>
internal sealed class DraftRows : IDisposable
{
    private readonly CachedRows _rows = new();
    private readonly Dictionary<GenerationRow, (int Start, int[] Tokens)> _read = []; // proposals that the draft itself has read
    private readonly ICausalLanguageModel _model;
    private readonly torch.Device _device;
    private readonly int _most;
    private readonly int _vocabulary;

    /// <summary>Creates an empty list.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="model">The model that checks the proposals.</param>
    /// <exception cref="ModelException">One of them has an encoder.</exception>
    public DraftRows(DraftModel draft, ICausalLanguageModel model)
    {
        if (draft.Model is IEncoderDecoder || model is IEncoderDecoder)
            throw new ModelException("A draft model proposes tokens only for models without an encoder. Generate without a draft.");
        (_model, _most, _vocabulary) = (draft.Model, draft.Tokens, model.VocabularySize);
        _device = draft.Model.Module.parameters().First().device;
    }

    /// <summary>Reads the prompts of rows. Rows that do not fit in the draft's context get no proposals.</summary>
    /// <param name="rows">Rows that were processed by the model.</param>
    public void Start(IReadOnlyList<GenerationRow> rows)
    {
        GenerationRow[] read = [.. rows.Where(row => row.Ending is null && row.Prompt.Count + _most < _model.ContextLength)];
        if (read.Length == 0)
            return;
        int needed = read.Max(row => (int)Math.Min(_model.ContextLength, row.Prompt.Count + (long)row.Options.MaxNewTokens + _most));
        StartedRows made = StartedRows.Of(
            _model, [.. read.Select(row => ((IReadOnlyList<int>?)null, row.Prompt))], Math.Max(needed, _rows.Capacity), _device);
        _rows.Append(read, made.Cache);
    }

    /// <summary>Proposes the next tokens of rows.</summary>
    /// <param name="wanted">How many tokens to propose at most for a row.</param>
    /// <returns>The proposals of the rows that have any, in the current dispose scope.</returns>
    public IReadOnlyDictionary<GenerationRow, Guess> Propose(Func<GenerationRow, int> wanted)
    {
        _rows.Keep(row => row.Ending is null && Length(row) + _most <= _rows.Cache!.Capacity);
        foreach (GenerationRow gone in _read.Keys.Except(_rows.Rows).ToArray())
            _read.Remove(gone);
        GenerationRow[] rows = [.. _rows.Rows];
        int[] counts = Array.ConvertAll(rows, row => Math.Min(_most, wanted(row)));
        int count = counts.DefaultIfEmpty().Max();
        if (count <= 0)
            return new Dictionary<GenerationRow, Guess>();
        TakeBack();
        int[] lengths = Array.ConvertAll(rows, Length);
        var tokens = Array.ConvertAll(rows, _ => new List<int>());
        var distributions = Array.ConvertAll(rows, _ => new List<Tensor>());
        Tensor logits = Read([.. rows.Select((row, at) => (IReadOnlyList<int>)Text(row).Skip(_rows.Cache!.Lengths[at]).ToArray())]);
        for (int position = 0; position < count; position++)
        {
            if (position > 0)
                logits = Read([.. tokens.Select(row => (IReadOnlyList<int>)[row[^1]])]);
            Draw(logits, rows, counts, position, tokens, distributions);
        }

        var proposed = new Dictionary<GenerationRow, Guess>();
        foreach ((int at, GenerationRow row) in rows.Index())
        {
            // The last token was not read.
            _read[row] = (lengths[at], [.. tokens[at].Take(count - 1)]);
            if (counts[at] > 0)
            {
                proposed[row] = new Guess(
                    [.. tokens[at].Take(counts[at])], row.Options.Temperature == 0 ? null : [.. distributions[at].Take(counts[at])]);
            }
        }

        return proposed;
    }

    /// <summary>Frees the cache.</summary>
    public void Dispose() => _rows.Dispose();

    private static int Length(GenerationRow row) => row.Prompt.Count + row.Tokens.Count;

    private static IEnumerable<int> Text(GenerationRow row) => row.Prompt.Concat(row.Tokens);

    // Drops what the draft has read and the model has not kept. At least the last token of each row is left to read.
    private void TakeBack()
    {
        foreach ((int at, GenerationRow row) in _rows.Rows.Index())
        {
            if (!_read.TryGetValue(row, out (int Start, int[] Tokens) read))
                continue;
            int[] own = [.. Text(row).Skip(read.Start).Take(Length(row) - 1 - read.Start)];
            int kept = own.AsSpan().CommonPrefixLength(read.Tokens);
            if (read.Start + kept < _rows.Cache!.Lengths[at])
                _rows.Cache.Truncate(at, read.Start + kept);
        }
    }

    // [B, V] after the next tokens of each row.
    private Tensor Read(IReadOnlyList<IReadOnlyList<int>> tokens)
    {
        (Tensor ids, Tensor? mask) = StartedRows.PadLeft(tokens, _device);
        return _model.Logits(ids, mask, _rows.Cache, lastOnly: true).squeeze(1);
    }

    // Appends a token to each row. Rows that want fewer tokens use no random numbers, so that they do not depend on the others.
    private void Draw(
        Tensor logits, GenerationRow[] rows, int[] counts, int position, List<int>[] tokens, List<Tensor>[] distributions)
    {
        foreach (IGrouping<SamplingOptions, int> group in Enumerable.Range(0, rows.Length).GroupBy(at => rows[at].Options))
        {
            int[] members = [.. group];
            Tensor own = logits.index_select(0, torch.tensor(Array.ConvertAll(members, at => (long)at), device: logits.device));
            Tensor distribution = TokenDistribution.Logits(own, Own(group.Key));
            Tensor chosen = group.Key.Temperature == 0
                ? distribution.argmax(-1)
                : TokenDistribution.Draw(
                    distribution, Array.ConvertAll(members, at => position < counts[at] ? rows[at].Request.Random.NextDouble() : 0));
            long[] ids = [.. chosen.cpu().data<long>()];
            Tensor? probabilities = group.Key.Temperature == 0 ? null : Aligned(distribution); // [B, V]
            foreach ((int index, int at) in members.Index())
            {
                tokens[at].Add((int)ids[index]);
                if (probabilities is not null)
                    distributions[at].Add(probabilities[index]);
            }
        }
    }

    // What needs the state of the text is left to the model, which replaces proposals that do not fit.
    private SamplingOptions Own(SamplingOptions options) => options with
    {
        VocabularySize = Math.Min(options.VocabularySize ?? int.MaxValue, _vocabulary),
        LogitBias = options.LogitBias?.Keys.All(id => id < _model.VocabularySize) == true ? options.LogitBias : null,
    };

    // float32 [B, V of the draft] -> float64 [B, V of the model] on the CPU
    private Tensor Aligned(Tensor distribution)
    {
        Tensor probabilities = distribution.cpu().to(torch.ScalarType.Float64).softmax(-1);
        long missing = _vocabulary - probabilities.size(1);
        return missing <= 0
            ? probabilities.narrow(1, 0, _vocabulary)
            : torch.cat([probabilities, torch.zeros([probabilities.size(0), missing], torch.ScalarType.Float64)], 1);
    }
}
