using System.Text;
using System.Text.Json.Nodes;
using Tenon.Host.Serving;

namespace Tenon.Server.OpenAi;

/// <summary>Log-probabilities of tokens in OpenAI's two formats.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
internal sealed class LogProbabilities(ITokenizer tokenizer)
{
    /// <summary>The format of chats: a list of tokens with their alternatives.</summary>
    public JsonObject OfChat(IEnumerable<ScoredToken> tokens) => new()
    {
        ["content"] = new JsonArray([.. tokens.Select(token =>
        {
            JsonObject one = One(token.Id, token.Scores.Chosen);
            one["top_logprobs"] = new JsonArray([.. token.Scores.Top.Select(top => One(top.Token, top.LogProbability))]);
            return one;
        })]),
        ["refusal"] = null,
    };

    /// <summary>The format of completions: parallel lists.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="offset">Length of the text before them.</param>
    public JsonObject OfCompletion(IReadOnlyList<ScoredToken> tokens, int offset)
    {
        string[] texts = [.. tokens.Select(token => Text(token.Id))];
        return new JsonObject
        {
            ["tokens"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]),
            ["token_logprobs"] = new JsonArray([.. tokens.Select(token => (JsonNode)token.Scores.Chosen)]),
            ["top_logprobs"] = new JsonArray([.. tokens.Select(token => (JsonNode)new JsonObject(
                // Different tokens can have the same text.
                token.Scores.Top.DistinctBy(top => Text(top.Token))
                    .Select(top => KeyValuePair.Create(Text(top.Token), (JsonNode?)top.LogProbability))))]),
            ["text_offset"] = new JsonArray([.. texts.Select((_, i) => (JsonNode)(offset + texts[..i].Sum(text => text.Length)))]),
        };
    }

    private JsonObject One(int token, float logProbability)
    {
        string text = Text(token);
        return new JsonObject
        {
            ["token"] = text,
            ["logprob"] = logProbability,
            // A part of a character has no text; its bytes are not known.
            ["bytes"] = text.Contains('\uFFFD', StringComparison.Ordinal)
                ? null : new JsonArray([.. Encoding.UTF8.GetBytes(text).Select(each => (JsonNode)(int)each)]),
        };
    }

    private string Text(int token) => token < tokenizer.VocabularySize ? tokenizer.Target.Decode([token], keepSpecial: true) : "";
}
