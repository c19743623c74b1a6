using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>The fields of a request that determine how tokens are chosen.</summary>
internal static class SamplingFields
{
    private const int MostStops = 16;

    // Of OpenAI, vLLM and llama.cpp.
    private static readonly string[] Unsupported =
    [
        "min_p", "typical_p", "tfs_z", "top_a", "mirostat", "mirostat_mode", "dry_multiplier", "xtc_probability", "length_penalty",
        "use_beam_search", "best_of", "min_tokens", "ignore_eos", "stop_token_ids", "bad_words", "grammar", "json_schema", "guided_json",
        "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "logits_processors", "prompt_logprobs", "echo", "suffix",
    ];

    /// <summary>Reads the fields.</summary>
    /// <param name="body">The request.</param>
    /// <param name="model">Its model.</param>
    /// <param name="defaultTokens">Maximum number of tokens if the request sets none.</param>
    /// <exception cref="ApiException">A value is not allowed, or a field is not supported.</exception>
    public static SamplingOptions Read(RequestBody body, ServedModel model, int defaultTokens)
    {
        body.Refuse(Unsupported);
        long? tokens = body.Integer("max_tokens", 1, int.MaxValue), completion = body.Integer("max_completion_tokens", 1, int.MaxValue);
        return ResponseFormat.Apply(body, model, new SamplingOptions
        {
            MaxNewTokens = (int)(completion ?? tokens ?? defaultTokens),
            // As for 'tenon generate': an encoder-decoder is greedy unless a temperature is set.
            Temperature = body.Number("temperature", 0, 2) ?? (model.Traits.HasEncoder ? 0 : 1),
            TopP = body.Number("top_p", 0, 1) ?? 1,
            TopK = (int)Math.Max(0, body.Integer("top_k", -1, int.MaxValue) ?? 0),
            RepetitionPenalty = body.Number("repetition_penalty", 0.01, 100) ?? 1,
            PresencePenalty = body.Number("presence_penalty", -2, 2) ?? 0,
            FrequencyPenalty = body.Number("frequency_penalty", -2, 2) ?? 0,
            LogitBias = Bias(body, model),
            Stop = body.Texts("stop", MostStops, allowsEmpty: false),
            Constraints = model.Traits.Constraints,
        });
    }

    /// <summary>Reads the seed; without one, returns a random one.</summary>
    public static SeededRandom Seed(RequestBody body) => new(
        body.Integer("seed", long.MinValue) is { } seed
            ? unchecked((ulong)seed) : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <summary>Reads the number of texts for each prompt.</summary>
    /// <param name="body">The request.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="most">Maximum number of texts.</param>
    public static int Count(RequestBody body, int prompts, int most)
    {
        int count = (int)(body.Integer("n", 1, 128) ?? 1);
        return (long)count * prompts <= most ? count : throw ApiException.Invalid(
            "n", $"'n' is {count} for {prompts} prompts; the server generates at most {most} texts for a request.");
    }

    private static Dictionary<int, double>? Bias(RequestBody body, ServedModel model)
    {
        const string Name = "logit_bias";
        if (body.Field(Name) is not { } field)
            return null;
        int ids = model.Traits.Tokenizer!.VocabularySize;
        string allowed = $"an object of token ids, \"0\" … \"{ids - 1}\", with numbers, -100 … 100";
        if (field.ValueKind != JsonValueKind.Object)
            throw RequestBody.Wrong(Name, field, allowed);
        var bias = new Dictionary<int, double>();
        foreach (JsonProperty entry in field.EnumerateObject())
        {
            bool isValid = int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < ids
                && entry.Value.ValueKind == JsonValueKind.Number;
            if (!isValid || !entry.Value.TryGetDouble(out double value) || value is < -100 or > 100)
                throw RequestBody.Wrong(Name, field, allowed);
            bias[id] = value;
        }

        return bias.Count == 0 ? null : bias;
    }
}
