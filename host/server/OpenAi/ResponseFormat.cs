using System.Text.Json;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Plugins.Loading;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>The field <c>response_format</c>. The only place where a request can constrain the form of its text.</summary>
internal static class ResponseFormat
{
    private const string Name = "response_format";
    private const string Schema = "json_schema";
    private const string AnyObject = "json_object";
    private const string PlainText = "text";

    /// <summary>The field.</summary>
    public static StructuredField Field { get; } = new(
        Name,
        () => JsonSchemas.Object(
            [
                ("type", JsonSchemas.OneOf(PlainText, AnyObject, Schema)),
                (Schema, JsonSchemas.Object([("schema", JsonSchemas.Map())])),
            ],
            ["type"]),
        "The form of the text: any, a JSON object, or a value that a JSON Schema allows.");

    /// <summary>Applies the field to the options of a text.</summary>
    /// <param name="body">The request.</param>
    /// <param name="model">Its model.</param>
    /// <param name="sampling">The options.</param>
    /// <exception cref="ApiException">The format is not supported, or its schema is.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public static SamplingOptions Apply(RequestBody body, ServedModel model, SamplingOptions sampling)
    {
        if (Field.Read(body) is not { } format)
            return sampling;
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out JsonElement type)
            || type.ValueKind != JsonValueKind.String)
            throw RequestBody.Wrong(Name, format, "an object with 'type'");
        ITokenizer tokenizer = model.Traits.Tokenizer!;
        return type.GetString() switch
        {
            PlainText => sampling,
            AnyObject => sampling with { Format = OutputFormats.Json(tokenizer) },
            Schema => sampling with { Format = OfSchema(format, tokenizer) },
            _ => throw ApiException.Unsupported(
                Name, $"'{Name}' has the type {type.GetRawText()}, which is not supported. Allowed: " +
                $"\"{PlainText}\", \"{AnyObject}\", \"{Schema}\"."),
        };
    }

    // The names and descriptions in the field do not change the text, and neither does 'strict': every schema is.
    private static ITokenFormat OfSchema(JsonElement format, ITokenizer tokenizer)
    {
        if (!format.TryGetProperty(Schema, out JsonElement described) || described.ValueKind != JsonValueKind.Object
            || !described.TryGetProperty("schema", out JsonElement schema))
            throw RequestBody.Wrong(Name, format, $"an object with '{Schema}', an object with 'schema'");
        try
        {
            return OutputFormats.JsonSchema(schema.GetRawText(), tokenizer, $"{Name}.{Schema}.schema");
        }
        catch (OptionsException wrong)
        {
            throw ApiException.Invalid(Name, wrong.Message);
        }
    }
}
