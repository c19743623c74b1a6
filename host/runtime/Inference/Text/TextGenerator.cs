using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Text;

/// <summary>
/// Generates text from any causal language model: all prompts in one batch, padded on the left, with a key/value cache.
/// A prompt's result does not depend on the others but for the last bits of floating-point sums: it draws from a stream
/// of its own, and reaches the context limit by its own length. <see cref="Continuation.Ids"/> has every token that was
/// drawn but the end-of-text token; <see cref="Continuation.Text"/> ends before a stop text.
/// </summary>
public sealed class TextGenerator : ITextGenerator
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no prompt, or a stop text is empty.</exception>
    public IReadOnlyList<Continuation> Generate(
        ICausalLanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<string> prompts,
        SamplingOptions options,
        SeededRandom random,
        Action<int, string>? onText = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        if (prompts.Count == 0)
            throw new ArgumentException("There is no prompt. Give at least one; an empty text is one.", nameof(prompts));
        IReadOnlyList<string> stops = options.Stop ?? [];
        if (stops.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop text is empty, which would end every text at once. Remove it.", nameof(options));

        Sequence[] sequences = [.. prompts.Select((prompt, i) => new Sequence(
            i,
            Start(prompt, i, model, tokenizer),
            random.Fork(i),
            new TextStream(tokenizer.StreamingDecoder(), stops, onText is null ? null : piece => onText(i, piece))))];

        bool wasTraining = model.Module.training;
        model.Module.eval();
        try
        {
            using var noGrad = torch.no_grad();
            // One round unless the cache fills up before every sequence has ended: shorter ones then go on in another.
            while (Array.FindAll(sequences, sequence => sequence.Ending is null) is { Length: > 0 } open)
                Round(model, tokenizer.Special.EndOfText, open, options, stop);
        }
        finally
        {
            model.Module.train(wasTraining);
        }

        return [.. sequences.Select(sequence => new Continuation(sequence.Text.Text, sequence.Ids[sequence.PromptLength..], sequence.Ending!))];
    }

    private static List<int> Start(string prompt, int number, ICausalLanguageModel model, ITokenizer tokenizer)
    {
        List<int> ids = [.. tokenizer.Encode(prompt)];
        if (ids.Count == 0)
        {
            ids.Add(tokenizer.Special.EndOfText ?? tokenizer.Special.BeginOfText
                ?? throw new ModelException($"Prompt {number + 1} is empty and the tokenizer has no end-of-text token to start from. Give a prompt."));
        }

        return ids.Count <= model.ContextLength
            ? ids
            : throw new ModelException($"Prompt {number + 1} has {ids.Count} tokens, but the context length is {model.ContextLength}. Shorten it.");
    }

    // Continues the sequences until all have ended or the cache is full.
    private static void Round(ICausalLanguageModel model, int? endOfText, Sequence[] open, SamplingOptions options, CancellationToken stop)
    {
        int longest = open.Max(sequence => sequence.Ids.Count);
        if (longest >= model.ContextLength)
        {
            foreach (Sequence sequence in open.Where(sequence => sequence.Ids.Count >= model.ContextLength))
                sequence.End("context");
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device device = model.Module.parameters().First().device;
        // The last token drawn is never fed.
        int capacity = Math.Min(model.ContextLength, longest + open.Max(sequence => options.MaxNewTokens - sequence.NewTokens) - 1);
        using IKeyValueCache cache = model.NewCache(open.Length, capacity);
        (Tensor next, Tensor? mask) = PadLeft(open, longest, capacity, device); // [B, P], [B, capacity]
        Tensor? seen = options.RepetitionPenalty == 1 ? null : Seen(open, model.VocabularySize, device); // [B, V]

        while (true)
        {
            stop.ThrowIfCancellationRequested();
            int[] drawn;
            using (torch.NewDisposeScope())
            {
                int columns = cache.Length + (int)next.size(1);
                Tensor logits = model.Logits(next, mask?.narrow(1, 0, columns), cache, lastOnly: true).squeeze(1); // [B, V]
                Tensor chosen = Choose(logits, options, seen, open).unsqueeze(1); // [B, 1]
                seen?.scatter_(1, chosen, torch.ones_like(chosen, torch.ScalarType.Bool));
                drawn = [.. chosen.cpu().data<long>().Select(id => (int)id)];
                if (next.size(1) == 1)
                    next.Dispose();
                next = chosen.MoveToOuterDisposeScope();
            }

            foreach ((Sequence sequence, int id) in open.Zip(drawn).Where(pair => pair.First.Ending is null))
                sequence.Add(id, endOfText, options.MaxNewTokens, model.ContextLength);
            if (cache.Length == capacity || Array.TrueForAll(open, sequence => sequence.Ending is not null))
                return;
        }
    }

    private static Tensor Choose(Tensor logits, SamplingOptions options, Tensor? seen, Sequence[] open)
    {
        Tensor distribution = TokenDistribution.Logits(logits, options, seen);
        return options.Temperature == 0
            ? distribution.argmax(-1)
            : TokenDistribution.Draw(distribution, [.. open.Select(sequence => sequence.Random.NextDouble())]);
    }

    // Ids with padding on the left, and the mask of the whole cache; null when nothing is padded.
    private static (Tensor Ids, Tensor? Mask) PadLeft(Sequence[] open, int longest, int capacity, torch.Device device)
    {
        var ids = new long[open.Length, longest];
        var mask = new long[open.Length, capacity];
        for (int row = 0; row < open.Length; row++)
        {
            int padding = longest - open[row].Ids.Count;
            for (int t = 0; t < capacity; t++)
            {
                mask[row, t] = t < padding ? 0 : 1;
                if (t >= padding && t < longest)
                    ids[row, t] = open[row].Ids[t - padding];
            }
        }

        bool padded = Array.Exists(open, sequence => sequence.Ids.Count < longest);
        return (torch.tensor(ids, device: device), padded ? torch.tensor(mask, device: device) : null);
    }

    private static Tensor Seen(Sequence[] open, int vocabulary, torch.Device device)
    {
        var seen = new bool[open.Length, vocabulary];
        for (int row = 0; row < open.Length; row++)
        {
            foreach (int id in open[row].Ids)
                seen[row, id] = true;
        }

        return torch.tensor(seen, device: device);
    }

    // A prompt and what was added to it.
    private sealed class Sequence(int number, List<int> ids, SeededRandom random, TextStream text)
    {
        public int Number { get; } = number;

        public List<int> Ids { get; } = ids;

        public int PromptLength { get; } = ids.Count;

        public int NewTokens => Ids.Count - PromptLength;

        public SeededRandom Random { get; } = random;

        public TextStream Text { get; } = text;

        public string? Ending { get; private set; }

        public void Add(int id, int? endOfText, int mostNewTokens, int contextLength)
        {
            if (id == endOfText)
            {
                End("end of text");
                return;
            }

            Ids.Add(id);
            Text.Add(id);
            if (Text.Stopped)
                End("stop");
            else if (NewTokens == mostNewTokens)
                End("length");
            else if (Ids.Count >= contextLength)
                End("context");
        }

        public void End(string ending)
        {
            Text.Finish();
            Ending = Text.Stopped ? "stop" : ending;
        }
    }
}
