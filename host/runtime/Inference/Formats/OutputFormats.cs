using System.Runtime.CompilerServices;
using System.Text;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Formats;

/// <summary>
/// Formats for <see cref="SamplingOptions.Format"/>: a model then generates only tokens that continue a text of the format. A format
/// belongs to the tokenizer that it was made for. The same object serves any number of texts at a time.
/// </summary>
public static class OutputFormats
{
    private static readonly ConditionalWeakTable<ITokenizer, TokenFormat> JsonFormats = [];

    /// <summary>The texts that a regular expression matches as a whole.</summary>
    /// <param name="pattern">
    /// Characters, classes, groups, alternatives and quantifiers. Back-references, look-around, word boundaries, options, Unicode
    /// categories, and atomic or possessive parts are not supported.
    /// </param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="OptionsException">The expression is malformed, not supported, or too large.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public static ITokenFormat Regex(string pattern, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Of(new Rule($"the regular expression '{pattern}'") { Body = PatternParser.Parse(pattern) }, tokenizer);
    }

    /// <summary>JSON objects, whose values are nested at most 32 deep. Always the same object for a tokenizer.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public static ITokenFormat Json(ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return JsonFormats.GetValue(tokenizer, key => Of(new Rule("a JSON object") { Body = JsonGrammar.Map(JsonGrammar.Any) }, key));
    }

    /// <summary>JSON values that a JSON Schema allows.</summary>
    /// <param name="schema">
    /// The schema. Supported keywords: <c>type</c>, <c>properties</c>, <c>required</c>, <c>additionalProperties</c>, <c>items</c>,
    /// <c>minItems</c>, <c>maxItems</c>, <c>minLength</c>, <c>maxLength</c>, <c>pattern</c>; <c>minimum</c>, <c>maximum</c>,
    /// <c>exclusiveMinimum</c> and <c>exclusiveMaximum</c> of integers; <c>enum</c>, <c>const</c>, <c>anyOf</c>, and <c>$ref</c> within
    /// the schema. Members are generated in the order of <c>properties</c>.
    /// </param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="source">The file of the schema, for messages.</param>
    /// <exception cref="OptionsException">The schema is malformed, has other keywords, or allows no value.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public static ITokenFormat JsonSchema(string schema, ITokenizer tokenizer, string source = "schema")
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(source);
        return Of(JsonSchemaReader.Read(schema, source), tokenizer);
    }

    /// <summary>Whether a text has a format as a whole.</summary>
    /// <param name="format">A format of this class.</param>
    /// <param name="text">The text.</param>
    internal static bool IsMatch(ITokenFormat format, string text) => ((TokenFormat)format).IsMatch(Encoding.UTF8.GetBytes(text));

    /// <summary>Number of states of texts for which the tokens that may come next are known.</summary>
    /// <param name="format">A format of this class.</param>
    internal static int KnownStates(ITokenFormat format) => ((TokenFormat)format).KnownStates;

    /// <summary>The texts of a rule.</summary>
    /// <param name="root">The rule.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="OptionsException">The rule has no text, or is too large.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    internal static TokenFormat Of(Rule root, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new TokenFormat(root, TokenVocabulary.Of(tokenizer.Target));
    }
}
