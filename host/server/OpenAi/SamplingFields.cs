using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>The fields of a request that determine how tokens are chosen.</summary>
internal static class SamplingFields
{
    private static readonly IntegerField MaxTokens = new(
        "max_tokens", 1, int.MaxValue, "Maximum number of tokens to generate.");

    private static readonly IntegerField MaxCompletionTokens = new(
        "max_completion_tokens", 1, int.MaxValue, "The newer name of max_tokens, which it overrides.");

    private static readonly NumberField Temperature = new(
        "temperature", 0, 2, "0 takes the most probable token. 1 by default, and 0 for models with an encoder.");

    private static readonly NumberField TopP = new(
        "top_p", 0, 1, "Draws from the most probable tokens with this probability together.")
    { Default = 1 };

    private static readonly IntegerField TopK = new(
        "top_k", -1, int.MaxValue, "Draws from this number of most probable tokens; 0 or -1 from all.")
    { Default = 0 };

    private static readonly NumberField RepetitionPenalty = new(
        "repetition_penalty", 0.01, 100, "Divides the scores of tokens that have occurred.")
    { Default = 1 };

    private static readonly NumberField PresencePenalty = new(
        "presence_penalty", -2, 2, "Subtracted from the scores of generated tokens.")
    { Default = 0 };

    private static readonly NumberField FrequencyPenalty = new(
        "frequency_penalty", -2, 2, "Subtracted from the scores of generated tokens for each occurrence.")
    { Default = 0 };

    private static readonly StructuredField LogitBias = new(
        "logit_bias", () => JsonSchemas.Map(JsonSchemas.Number()), "Added to the scores of tokens, by token id: -100 … 100.");

    private static readonly TextsField Stop = new(
        "stop", 16, allowsEmpty: false, "Texts that end the generated text, which does not contain them.");

    private static readonly IntegerField RandomSeed = new(
        "seed", long.MinValue, long.MaxValue, "Equal seeds give equal texts. Random by default.");

    private static readonly IntegerField Texts = new("n", 1, 128, "Number of texts for each prompt.") { Default = 1 };

    /// <summary>All fields.</summary>
    public static IReadOnlyList<RequestField> All { get; } =
    [
        MaxTokens, MaxCompletionTokens, Temperature, TopP, TopK, RepetitionPenalty, PresencePenalty, FrequencyPenalty, LogitBias, Stop,
        RandomSeed, Texts, ResponseFormat.Field,
    ];

    /// <summary>Fields of OpenAI, vLLM and llama.cpp that would change the text and are not supported.</summary>
    public static IReadOnlyList<string> Unsupported { get; } =
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
        long? tokens = MaxTokens.Read(body), completion = MaxCompletionTokens.Read(body);
        return ResponseFormat.Apply(body, model, new SamplingOptions
        {
            MaxNewTokens = (int)(completion ?? tokens ?? defaultTokens),
            // As for 'tenon generate': an encoder-decoder is greedy unless a temperature is set.
            Temperature = Temperature.Read(body) ?? (model.Traits.HasEncoder ? 0 : 1),
            TopP = TopP.Read(body) ?? 1,
            TopK = (int)Math.Max(0, TopK.Read(body) ?? 0),
            RepetitionPenalty = RepetitionPenalty.Read(body) ?? 1,
            PresencePenalty = PresencePenalty.Read(body) ?? 0,
            FrequencyPenalty = FrequencyPenalty.Read(body) ?? 0,
            LogitBias = Bias(body, model),
            Stop = Stop.Read(body),
            Constraints = model.Traits.Constraints,
        });
    }

    /// <summary>Reads the seed; without one, returns a random one.</summary>
    public static SeededRandom Seed(RequestBody body) => new(
        RandomSeed.Read(body) is { } seed
            ? unchecked((ulong)seed) : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <summary>Reads the number of texts for each prompt.</summary>
    /// <param name="body">The request.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="most">Maximum number of texts.</param>
    public static int Count(RequestBody body, int prompts, int most)
    {
        int count = (int)(Texts.Read(body) ?? 1);
        return (long)count * prompts <= most ? count : throw ApiException.Invalid(
            "n", $"'n' is {count} for {prompts} prompts; the server generates at most {most} texts for a request.");
    }

    private static Dictionary<int, double>? Bias(RequestBody body, ServedModel model)
    {
        if (LogitBias.Read(body) is not { } field)
            return null;
        int ids = model.Traits.Tokenizer!.VocabularySize;
        string allowed = $"an object of token ids, \"0\" … \"{ids - 1}\", with numbers, -100 … 100";
        if (field.ValueKind != JsonValueKind.Object)
            throw RequestBody.Wrong(LogitBias.Name, field, allowed);
        var bias = new Dictionary<int, double>();
        foreach (JsonProperty entry in field.EnumerateObject())
        {
            bool isValid = int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < ids
                && entry.Value.ValueKind == JsonValueKind.Number;
            if (!isValid || !entry.Value.TryGetDouble(out double value) || value is < -100 or > 100)
                throw RequestBody.Wrong(LogitBias.Name, field, allowed);
            bias[id] = value;
        }

        return bias.Count == 0 ? null : bias;
    }
}
