using System.Diagnostics;
using Spectre.Console;
using Tenon.Host.Inference.Formats;
using Tenon.Tokenizers;

namespace Tenon.Benchmarks;

/// <summary>Formats of texts with a vocabulary of 150,000 tokens: time to find the tokens that may come next.</summary>
internal static class FormatsSection
{
    private const int Vocabulary = 150_000;

    private const string Schema = """
        {
          "type": "object",
          "properties": {
            "name": { "type": "string", "maxLength": 40 },
            "year": { "type": "integer", "minimum": 1900, "maximum": 2100 },
            "kind": { "enum": ["novel", "story", "poem"] },
            "tags": { "type": "array", "items": { "type": "string" }, "maxItems": 5 },
            "authors": { "type": "array", "items": { "$ref": "#/$defs/person" } }
          },
          "required": ["name", "year", "kind", "tags", "authors"],
          "additionalProperties": false,
          "$defs": { "person": { "type": "object", "properties": { "first": { "type": "string" }, "last": { "type": "string" } } } }
        }
        """;

    private const string Book =
        """{"name": "The Café", "year": 1987, "kind": "novel", "tags": ["fiction", "long"], "authors": [{"first": "Ann", "last": "Lee"}]}""";

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        ITokenizer inner = new Gpt2Tokenizer().Create(new Gpt2Options(), new TokenizerContext("", [], _ => { }));
        (string Name, Func<ITokenizer, ITokenFormat> Make, string Text)[] formats =
        [
            ("any JSON object", OutputFormats.Json, Book),
            ("a JSON Schema", tokenizer => OutputFormats.JsonSchema(Schema, tokenizer), Book),
            ("a regular expression", tokenizer => OutputFormats.Regex("[A-Z][a-z]+(, [A-Za-z ]{1,30}){2,5}\\.", tokenizer),
                "Paris, the city, of light."),
        ];
        var building = new List<double>();
        var results = formats.ToDictionary(format => format.Name, _ => new List<Result>());
        for (int round = 0; round < settings.Rounds; round++)
        {
            var tokenizer = new PairedTokenizer(inner, Vocabulary);
            long start = Stopwatch.GetTimestamp();
            OutputFormats.Regex("a", tokenizer);
            building.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            foreach ((string name, Func<ITokenizer, ITokenFormat> make, string text) in formats)
                results[name].Add(Measure(make, tokenizer, text));
            Console.Error.WriteLine($"round {round + 1} of {settings.Rounds}");
        }

        Table table = Settings.Table(
            $"formats with {Vocabulary:N0} tokens, one thread, medians of {settings.Rounds}; the vocabulary is read once in " +
            $"{CaseResult.Middle([.. building]):N0} ms",
            "format", "made, ms", "new states", "new state, ms", "slowest, ms", "known state, ms");
        foreach ((string name, _, _) in formats)
        {
            table.AddRow(
                name, $"{Middle(name, result => result.Made):F1}", $"{results[name][0].States}", $"{Middle(name, result => result.New):F2}",
                $"{Middle(name, result => result.Slowest):F2}", $"{Middle(name, result => result.Known):F3}");
        }

        Settings.Show(table);

        double Middle(string name, Func<Result, double> value) => CaseResult.Middle([.. results[name].Select(value)]);
    }

    // Follows a text twice: the second time, all states are known.
    private static Result Measure(Func<ITokenizer, ITokenFormat> make, ITokenizer tokenizer, string text)
    {
        long start = Stopwatch.GetTimestamp();
        ITokenFormat format = make(tokenizer);
        double made = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        (double Time, bool IsNew)[] first = Follow(format, tokenizer, text), second = Follow(format, tokenizer, text);
        double[] found = [.. first.Where(state => state.IsNew).Select(state => state.Time)];
        return new Result(made, found.Length, found.Average(), found.Max(), CaseResult.Middle([.. second.Select(state => state.Time)]));
    }

    private static (double Time, bool IsNew)[] Follow(ITokenFormat format, ITokenizer tokenizer, string text)
    {
        ITokenFormatState state = format.Start();
        var times = new List<(double Time, bool IsNew)>();
        foreach (int token in tokenizer.Encode(text))
        {
            var allowed = new bool[tokenizer.VocabularySize];
            (long start, int known) = (Stopwatch.GetTimestamp(), OutputFormats.KnownStates(format));
            state.Allow(allowed);
            times.Add((Stopwatch.GetElapsedTime(start).TotalMilliseconds, OutputFormats.KnownStates(format) > known));
            state.Add(token);
        }

        return state.MayEnd ? [.. times] : throw new InvalidOperationException($"'{text}' does not have the format.");
    }

    private sealed record Result(double Made, int States, double New, double Slowest, double Known);
}
