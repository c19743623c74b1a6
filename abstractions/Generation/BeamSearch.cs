using TorchSharp;

namespace Tenon;

/// <summary>
/// Beam search, which keeps the most probable beginnings of a text at each step, as transformers does: a finished text counts only
/// if it is among the best candidates of its step, and it competes by a score that its length corrects (Wu et al. 2016, section 7).
/// The prompts of one search share the model's passes and are otherwise independent.
/// </summary>
public static class BeamSearch
{
    /// <summary>Searches the best continuations of each prompt.</summary>
    /// <param name="model">In eval mode. Not disposed.</param>
    /// <param name="rows">
    /// Prompts of at least one token, and their sources if the model has an encoder (<see cref="IEncoderDecoder"/>), otherwise null.
    /// </param>
    /// <param name="options">
    /// <see cref="SamplingOptions.MaxNewTokens"/>, <see cref="SamplingOptions.VocabularySize"/>,
    /// <see cref="SamplingOptions.RepetitionPenalty"/> and <see cref="SamplingOptions.Constraints"/>; the others do not apply.
    /// </param>
    /// <param name="beams">Options of the search.</param>
    /// <param name="endOfText">The ids that end a text.</param>
    /// <param name="stop">Checked before each step.</param>
    /// <returns>For each prompt its texts, best first.</returns>
    /// <exception cref="ModelException">
    /// There are more beams than ids, more results than beams, or a prompt or source does not fit the model; or the options set a
    /// format.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<IReadOnlyList<BeamResult>> Run(
        ICausalLanguageModel model, IReadOnlyList<(IReadOnlyList<int>? Source, IReadOnlyList<int> Prompt)> rows, SamplingOptions options,
        BeamOptions beams, IReadOnlyList<int> endOfText, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(beams);
        ArgumentNullException.ThrowIfNull(endOfText);
        Check(model, options, beams);
        foreach ((IReadOnlyList<int>? source, IReadOnlyList<int> prompt) in rows)
        {
            StartedRows.CheckPrompt(model, prompt);
            if (source is not null)
                StartedRows.CheckSource(model, source);
            if (prompt.Count == model.ContextLength)
                throw new ModelException($"A prompt has {prompt.Count} tokens, which fills the context. Shorten the prompt.");
        }

        // The last tokens are never fed back into the model.
        int longest = rows.Max(row => row.Prompt.Count);
        int steps = Math.Min(options.MaxNewTokens, model.ContextLength - longest);
        Search[] searches =
            [.. rows.Select(row => new Search(row.Prompt, steps, beams, [.. endOfText], steps < options.MaxNewTokens))];
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device device = model.Module.parameters().First().device;
        (IKeyValueCache cache, Tensor logits) = StartedRows.Of(model, rows, longest + steps - 1, device);
        using IKeyValueCache owned = cache;
        Search[] live = searches;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            int[] kept = Advance(live, logits, options with { MaxNewTokens = steps }, endOfText);
            logits.Dispose();
            live = Array.FindAll(live, search => !search.IsDone);
            if (live.Length == 0)
                return [.. searches.Select(search => search.Results)];
            cache.Select(kept);
            long[] last = [.. live.SelectMany(search => search.Running).Select(beam => (long)beam.Tokens[^1])];
            using DisposeScope step = torch.NewDisposeScope();
            logits = model.Logits(torch.tensor(last, [last.Length, 1], device: device), cache: cache, lastOnly: true).squeeze(1)
                .MoveToOuterDisposeScope();
        }
    }

    // Extends each search by a token. Returns the cache rows of the beams that go on.
    private static int[] Advance(Search[] live, Tensor logits, SamplingOptions options, IReadOnlyList<int> endOfText)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (IReadOnlyList<int> Prompt, IReadOnlyList<int> Tokens)[] rows =
            [.. live.SelectMany(search => search.Running.Select(beam => (search.Prompt, beam.Tokens)))];
        Tensor scores = logits.to(torch.ScalarType.Float32).log_softmax(-1); // [R, V]
        Tensor? occurred = options.RepetitionPenalty == 1 ? null : Occurred(rows, scores);
        SamplingOptions greedy = options with { Temperature = 1, TopK = 0, TopP = 1, LogitBias = null };
        scores = TokenDistribution.Logits(scores, greedy, occurred);
        if (options.Constraints is { } constraints)
            scores = ConstrainedTokens.Apply(scores, constraints, options.MaxNewTokens, endOfText, rows);
        var kept = new List<int>();
        int first = 0;
        foreach (Search search in live)
        {
            using DisposeScope each = torch.NewDisposeScope();
            int count = search.Running.Count;
            float[] sums = [.. search.Running.Select(beam => beam.LogProbability)];
            Tensor total = scores.narrow(0, first, count) + torch.tensor(sums, device: scores.device).unsqueeze(1); // [K, V]
            (Tensor values, Tensor indices) =
                total.reshape(-1).topk((int)Math.Min(search.CandidateCount, total.numel()), sorted: true);
            IEnumerable<(float Sum, long Index)> best = values.cpu().data<float>().Zip(indices.cpu().data<long>());
            kept.AddRange(search.Extend(
                [.. best.Select(found => new Candidate(
                    (int)(found.Index / scores.size(1)), (int)(found.Index % scores.size(1)), found.Sum))])
                .Select(beam => first + beam));
            first += count;
        }

        return [.. kept];
    }

    private static Tensor Occurred((IReadOnlyList<int> Prompt, IReadOnlyList<int> Tokens)[] rows, Tensor scores)
    {
        var occurred = new bool[rows.Length, scores.size(1)];
        foreach ((int at, (IReadOnlyList<int> prompt, IReadOnlyList<int> tokens)) in rows.Index())
        {
            foreach (int id in prompt.Concat(tokens))
                occurred[at, id] = true;
        }

        return torch.tensor(occurred, device: scores.device);
    }

    private static void Check(ICausalLanguageModel model, SamplingOptions options, BeamOptions beams)
    {
        if (options.Format is not null)
            throw new ModelException("A beam search does not support a format of the text ('Format'). Generate without beams.");
        int ids = Math.Min(model.VocabularySize, options.VocabularySize ?? int.MaxValue);
        if (beams.Beams > ids)
            throw new ModelException($"{beams.Beams} beams were requested, but the vocabulary has {ids} ids. Use 1 … {ids} beams.");
        if (beams.Results > beams.Beams)
        {
            throw new ModelException(
                $"{beams.Results} results of {beams.Beams} beams were requested. Use at least as many beams as results.");
        }
    }

    private sealed record Candidate(int Beam, int Token, float LogProbability);

    private sealed record Beam(IReadOnlyList<int> Tokens, float LogProbability);

    // The search of one prompt.
    private sealed class Search(IReadOnlyList<int> prompt, int steps, BeamOptions options, int[] endOfText, bool isContextLimit)
    {
        private List<BeamResult> _finished = [];

        public IReadOnlyList<int> Prompt => prompt;

        public List<Beam> Running { get; private set; } = [new Beam([], 0)];

        public bool IsDone { get; private set; }

        // Each beam can contribute every token that ends a text, and there must be enough others to continue.
        public int CandidateCount => Math.Max(2, 1 + endOfText.Length) * options.Beams;

        public IReadOnlyList<BeamResult> Results => [.. _finished.Take(options.Results)];

        // Returns the beams that the new beams continue; none if the search is done.
        public IReadOnlyList<int> Extend(Candidate[] candidates)
        {
            var next = new List<(int Parent, Beam Beam)>();
            int length = Running[0].Tokens.Count + 1;
            foreach ((int rank, Candidate candidate) in candidates.Index())
            {
                bool ends = endOfText.Contains(candidate.Token);
                bool isLast = ends || length == steps;
                if (!isLast && next.Count == options.Beams)
                    continue;
                var beam = new Beam([.. Running[candidate.Beam].Tokens, candidate.Token], candidate.LogProbability);
                if (!isLast)
                    next.Add((candidate.Beam, beam));
                else if (rank < options.Beams)
                    Finish(beam, ends ? GenerationEnding.EndOfText : isContextLimit ? GenerationEnding.Context : GenerationEnding.Length);
            }

            Running = [.. next.Select(entry => entry.Beam)];
            IsDone = Running.Count == 0 || CannotImprove(length);
            return IsDone ? [] : [.. next.Select(entry => entry.Parent)];
        }

        private void Finish(Beam beam, string ending)
        {
            _finished.Add(new BeamResult(beam.Tokens, Score(beam.LogProbability, beam.Tokens.Count), ending));
            _finished = [.. _finished.OrderByDescending(result => result.Score).Take(options.Beams)];
        }

        private bool CannotImprove(int length)
        {
            if (_finished.Count < options.Beams)
                return false;
            if (options.Stopping == BeamStopping.WhenEnoughFinished)
                return true;
            bool toTheEnd = options is { Stopping: BeamStopping.WhenNoneCanBeBetter, LengthPenalty: > 0 };
            return Score(Running[0].LogProbability, toTheEnd ? steps : length) <= _finished[^1].Score;
        }

        private double Score(float logProbability, int length) => logProbability / Math.Pow(length, options.LengthPenalty);
    }
}
