using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Host.Inference.Text;

/// <summary>
/// How a model's folder says that texts are generated: the settings of <c>generation_config.json</c>, or of <c>config.json</c> if the
/// folder has no such file, as in transformers. Settings of random sampling are not read.
/// </summary>
public sealed record GenerationSettings
{
    private const string GenerationFile = "generation_config.json";
    private const string ModelFile = "config.json";

    // Settings that change the texts and that a search here does not know. Other settings are about sampling or caches.
    private static readonly (string Key, double Neutral)[] Unknown =
    [
        ("num_beam_groups", 1), ("diversity_penalty", 0), ("encoder_no_repeat_ngram_size", 0), ("encoder_repetition_penalty", 1),
    ];

    /// <summary>Constraints on tokens; null if the folder has none.</summary>
    public TokenConstraints? Constraints { get; init; }

    /// <summary>Beams; null if the folder does not ask for a beam search.</summary>
    public BeamOptions? Beams { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">The files of the folder; null for none.</param>
    /// <exception cref="ModelException">A setting has a value that is not supported.</exception>
    public static GenerationSettings Of(ModelConfiguration? configuration)
    {
        string file = configuration?.Files.ContainsKey(GenerationFile) == true ? GenerationFile : ModelFile;
        if (configuration?.Files.GetValueOrDefault(file) is not { } content)
            return new GenerationSettings();
        var reader = new Reader(file, content);
        foreach ((string key, double neutral) in Unknown)
        {
            if (reader.Number(key) is { } value && value != neutral)
                throw reader.Error(
                    key, $"which is not supported. Remove it, or set it to {neutral.ToString(CultureInfo.InvariantCulture)}");
        }

        var constraints = new TokenConstraints
        {
            MinLength = reader.Integer("min_length") ?? 0,
            NoRepeatNGramSize = reader.Integer("no_repeat_ngram_size") ?? 0,
            BadWords = reader.Lists("bad_words_ids"),
            ForcedBegin = reader.Id("forced_bos_token_id"),
            ForcedEnd = reader.Id("forced_eos_token_id"),
        };
        int beams = reader.Integer("num_beams") ?? 1;
        return new GenerationSettings
        {
            Constraints = constraints.Equals(new TokenConstraints { BadWords = constraints.BadWords }) && constraints.BadWords.Count == 0
                ? null : constraints,
            Beams = beams <= 1 ? null : new BeamOptions
            {
                Beams = beams,
                Results = Math.Min(beams, reader.Integer("num_return_sequences") ?? 1),
                LengthPenalty = reader.Number("length_penalty") ?? 1,
                Stopping = reader.Stopping("early_stopping"),
            },
        };
    }

    /// <summary>Adds the folder's constraints to options that have none.</summary>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    internal SamplingOptions Constrain(SamplingOptions? sampling)
    {
        sampling ??= new SamplingOptions();
        return sampling.Constraints is not null ? sampling : sampling with { Constraints = Constraints };
    }

    private sealed class Reader(string file, JsonObject content)
    {
        public double? Number(string key) => content[key] switch
        {
            null => null,
            JsonValue value when value.TryGetValue(out double number) => number,
            _ => throw Error(key, "which is not a number"),
        };

        public int? Integer(string key) => Number(key) switch
        {
            null => null,
            { } number when number == Math.Truncate(number) && number is >= 0 and <= int.MaxValue => (int)number,
            _ => throw Error(key, "which is not a whole number of at least 0"),
        };

        // An id, or a list with one id.
        public int? Id(string key) => content[key] switch
        {
            JsonArray { Count: 1 } list => Whole(key, list[0]),
            JsonArray => throw Error(key, "but only one id is supported"),
            null => null,
            { } node => Whole(key, node),
        };

        public IReadOnlyList<IReadOnlyList<int>> Lists(string key) => content[key] switch
        {
            null => [],
            JsonArray lists => [.. lists.Select(list => list is JsonArray ids
                ? (IReadOnlyList<int>)[.. ids.Select(id => Whole(key, id))]
                : throw Error(key, "which is not a list of lists of token ids"))],
            _ => throw Error(key, "which is not a list of lists of token ids"),
        };

        public BeamStopping Stopping(string key) => content[key]?.ToJsonString() switch
        {
            null or "false" => BeamStopping.WhenNoneIsBetter,
            "true" => BeamStopping.WhenEnoughFinished,
            "\"never\"" => BeamStopping.WhenNoneCanBeBetter,
            _ => throw Error(key, "but must be true, false or \"never\""),
        };

        public ModelException Error(string key, string problem) =>
            new($"{file}: '{key}' is {content[key]?.ToJsonString() ?? "null"}, {problem}.");

        private int Whole(string key, JsonNode? node) => node is JsonValue value && value.TryGetValue(out int id) && id >= 0
            ? id : throw Error(key, "which is not a token id");
    }
}
