using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;

namespace Tenon.Text.Preferences;

/// <summary>Options of <c>ranked-samples</c>.</summary>
public sealed record RankedSamplesOptions : SentenceStartsOptions
{
    /// <summary>Folder of the language model to sample from, relative to the recipe.</summary>
    [Required, Folder]
    public string? From { get; init; }

    /// <summary>Number of prompts, drawn from those that are not held out; two continuations are sampled for each.</summary>
    [Range(1, 10_000_000)]
    public int Prompts { get; init; } = 1000;

    /// <summary>Maximum number of tokens per continuation.</summary>
    [Range(1, 100_000)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Sampling temperature.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;
}

/// <summary>
/// Synthetic preferences: a model continues each prompt twice, and the recipe's reward ranks the two. Pairs with equal rewards
/// are skipped. Samples are cached in the user's cache folder.
/// </summary>
[Data("ranked-samples", "Pairs of a model's own continuations, ranked by the recipe's reward", Stability = Stability.Preview,
    NeedsReward = true)]
public sealed class RankedSamplesData : IData<RankedSamplesOptions, PreferenceExample>
{
    private const string Kind = "ranked-samples";
    private const int ChunkSize = 64;
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public RankedSamplesData() : this(CacheFolder.OfUser()) { }

    internal RankedSamplesData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<PreferenceExample> Open(RankedSamplesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (context is not { Reward: { } reward, Models: { } models, Generator: { } generator })
            throw new DataException(
                "ranked-samples needs a reward and a device to sample from a model and rank the samples. Use it in a recipe with the " +
                "section 'reward'.");

        string folder = Path.GetFullPath(options.From!, context.BaseDirectory);
        if (!Directory.Exists(folder))
            throw new DataException(
                $"ranked-samples: the folder '{folder}' does not exist. Set 'from' to the folder of a trained language model.");
        SeededRandom random = context.Random.Fork(Kind);
        SentenceStarts starts = SentenceStarts.Read(options, _cache, context);
        string[] prompts = Draw(starts.Train, options.Prompts, random.Fork("prompts"));
        string name = CacheFolder.Fingerprint(
        [
            "ranked-samples/1", starts.Fingerprint, $"{random.Seed}",
                string.Create(CultureInfo.InvariantCulture, $"{options.MaxNewTokens}|{options.Temperature:R}|{options.Prompts}"),
            .. Directory.EnumerateFiles(folder).Where(DecidesSamples).Order(StringComparer.Ordinal).Select(CacheFolder.Describe),
        ]) + ".json";
        List<string> notes = [];
        if (Kept(_cache.Locate(Kind, name), prompts.Length, notes) is not { } pairs)
        {
            Pair[] sampled = [];
            _cache.Write(Kind, name, stream => JsonSerializer.Serialize(
                stream, sampled = Sample(folder, prompts, options, random.Fork("samples"), models, generator, context)));
            pairs = sampled;
        }

        PreferenceExample[] ranked = [.. Rank(prompts, pairs, reward, context.Stop)];
        if (ranked.Length < 2)
            throw new DataException(
                $"ranked-samples: the reward ranks only {ranked.Length} of {pairs.Length} pairs; the others are ties. Increase " +
                "'prompts' or use another reward.");
        return new InMemoryDataset<PreferenceExample>(new DataFacts
        {
            Summary = string.Create(CultureInfo.InvariantCulture, $"{ranked.Length:N0} ranked pairs of samples, out of {pairs.Length:N0}"),
            Notes = notes,
        }, ranked);
    }

    // The samples depend on the weights and on the configurations, which contain the ids that end a text.
    private static bool DecidesSamples(string file) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal) || file.EndsWith("config.json", StringComparison.Ordinal);

    // Returns null if there is no usable file. The pairs are then sampled again, and the file is replaced.
    private static Pair[]? Kept(string file, int count, List<string> notes)
    {
        if (!File.Exists(file))
            return null;
        string fault = "its content is damaged";
        try
        {
            using FileStream stream = File.OpenRead(file);
            if (JsonSerializer.Deserialize<Pair[]>(stream) is { } pairs && pairs.Length == count)
                return pairs;
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            fault = unreadable.Message;
        }

        notes.Add($"'{file}' cannot be read, so the pairs were sampled again: {fault}");
        return null;
    }

    private static string[] Draw(IReadOnlyList<PromptExample> starts, int count, SeededRandom random)
    {
        string[] all = [.. starts.Select(start => start.Prompt).Distinct(StringComparer.Ordinal)];
        random.Shuffle<string>(all);
        return [.. all.Take(count)];
    }

    private static Pair[] Sample(
        string folder, string[] prompts, RankedSamplesOptions options, SeededRandom random, IModelOpener models,
        ITextGenerator generator, DataContext context)
    {
        using IOpenedModel opened = models.Open(folder);
        if (opened is not { Model: ICausalLanguageModel model, Tokenizer: { } tokenizer })
            throw new DataException(
                $"ranked-samples: the model in '{folder}' does not generate text: it must be a causal language model with a tokenizer.");
        var sampling = new SamplingOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature };
        var pairs = new List<Pair>(prompts.Length);
        foreach ((int index, string[] part) in prompts.Chunk(ChunkSize).Index())
        {
            context.Status($"sampling pairs {pairs.Count} of {prompts.Length}");
            IReadOnlyList<Continuation> first =
                generator.Generate(model, tokenizer, part, sampling, random.Fork(2 * index), stop: context.Stop);
            IReadOnlyList<Continuation> second =
                generator.Generate(model, tokenizer, part, sampling, random.Fork(2 * index + 1), stop: context.Stop);
            pairs.AddRange(first.Zip(second, (a, b) => new Pair(a.Text, a.Ending == "end of text", b.Text, b.Ending == "end of text")));
        }

        return [.. pairs];
    }

    private static IEnumerable<PreferenceExample> Rank(string[] prompts, Pair[] pairs, IReward reward, CancellationToken stop)
    {
        double[] first = Score(pairs.Select((pair, i) => new TextOutcome(prompts[i], pair.First, pair.FirstEnded)));
        double[] second = Score(pairs.Select((pair, i) => new TextOutcome(prompts[i], pair.Second, pair.SecondEnded)));
        for (int i = 0; i < pairs.Length; i++)
        {
            if (first[i] > second[i])
                yield return new PreferenceExample(prompts[i], pairs[i].First, pairs[i].Second, first[i] - second[i]);
            else if (second[i] > first[i])
                yield return new PreferenceExample(prompts[i], pairs[i].Second, pairs[i].First, second[i] - first[i]);
        }

        double[] Score(IEnumerable<TextOutcome> outcomes)
        {
            var scores = new List<double>(pairs.Length);
            foreach (TextOutcome[] part in outcomes.Chunk(ChunkSize))
            {
                stop.ThrowIfCancellationRequested();
                scores.AddRange(reward.Score(part));
            }

            return [.. scores];
        }
    }

    private sealed record Pair(string First, bool FirstEnded, string Second, bool SecondEnded);
}
