using System.CommandLine;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary>How texts are generated.</summary>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="Beams">Options of a beam search; null to generate one token after the other.</param>
/// <param name="Seed">Seed of sampling.</param>
internal sealed record GenerationChoice(SamplingOptions Sampling, BeamOptions? Beams, ulong Seed)
{
    /// <summary>Put before each source: the token of a target language. Empty for none.</summary>
    public string Prefix { get; init; } = "";
}

/// <summary>The options of <c>tenon generate</c> and <c>tenon chat</c> that determine how tokens are chosen.</summary>
/// <param name="maxNewTokens">Default of <c>--max-new-tokens</c>.</param>
internal sealed class GenerationOptions(int maxNewTokens = 100)
{
    private readonly Option<int> _tokens = new("--max-new-tokens", "-n")
    {
        Description = "Maximum number of tokens to generate.",
        DefaultValueFactory = _ => maxNewTokens,
    };

    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "Divides the logits; 0 means greedy decoding, the default of encoder-decoders.",
        DefaultValueFactory = _ => 0.8,
    };

    private readonly Option<int> _topK = new("--top-k")
    {
        Description = "Sample from the k most probable tokens; 0 means all.",
        DefaultValueFactory = _ => 50,
    };

    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Sample from the smallest set of tokens whose probability reaches p; 1 means all.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<double> _penalty = new("--repetition-penalty")
    {
        Description = "Makes tokens that have already occurred less probable; 1 has no effect.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string[]> _stops = new("--stop") { Description = "Stop before this text (repeatable)." };

    private readonly Option<ulong> _seed = new("--seed") { Description = "Equal seeds give equal texts.", DefaultValueFactory = _ => 1 };

    private readonly Option<int> _lookup = new("--prompt-lookup")
    {
        Description = "Guess up to this many tokens at a time from earlier text and check them in one pass: faster if the text repeats its " +
            "prompt, and equally distributed. 0 turns it off.",
        DefaultValueFactory = _ => 0,
    };

    private readonly FormatOptions _format = new();
    private readonly DraftOptions _draft = new();

    private readonly Option<int?> _beams = new("--beams")
    {
        Description = "Beam search with this many beams; 1 turns it off. Default: the folder's setting, otherwise 1.",
    };

    private readonly Option<int?> _best = new("--n-best")
    {
        Description = "Show this many texts of each beam search, best first, with their scores. Default: 1, without scores.",
    };

    private readonly Option<double?> _lengthPenalty = new("--length-penalty")
    {
        Description = "Exponent of the length that divides the log-probability of a beam. Default: the folder's setting, otherwise 1.",
    };

    private readonly Option<string?> _early = new("--early-stopping")
    {
        Description = "When a beam search ends: true, when as many texts have ended as there are beams; false, when no beam scores " +
            "better now; never, when none can ever score better. Default: the folder's setting, otherwise false.",
    };

    private readonly Option<int?> _minLength = new("--min-length")
    {
        Description = "A text does not end before it has this many tokens, including the prompt or the decoder's start token.",
    };

    private readonly Option<int?> _noRepeat = new("--no-repeat-ngram-size")
    {
        Description = "No sequence of this many tokens occurs twice in a text; 0 allows all.",
    };

    private readonly Option<string?> _language = new("--target-language")
    {
        Description = "Target language of a multilingual translation model, such as fra for its token >>fra<<.",
    };

    /// <summary>Adds all options to a command.</summary>
    public void AddTo(Command command)
    {
        AddSamplingTo(command);
        _draft.AddTo(command);
        _beams.Accept(value => value is null or (>= 1 and <= 10_000), "1 … 10000");
        _best.Accept(value => value is null or (>= 1 and <= 10_000), "1 … 10000");
        _lengthPenalty.Accept(value => value is null or (>= -100 and <= 100), "-100 … 100");
        _early.AcceptOnlyFromAmong("true", "false", "never");
        foreach (Option option in new Option[] { _beams, _best, _lengthPenalty, _early, _language })
            command.Add(option);
    }

    /// <summary>Adds the options to a command that has no beam search and no sources.</summary>
    public void AddSamplingTo(Command command)
    {
        _tokens.Accept(value => value >= 1, "1 or more");
        _temperature.Accept(value => value is >= 0 and <= 100, "0 … 100");
        _topK.Accept(value => value >= 0, "0 or more");
        _topP.Accept(value => value is > 0 and <= 1, "above 0, up to 1");
        _stops.Accept(values => values is null || values.All(value => value.Length > 0), "a text that is not empty");
        _penalty.Accept(value => value is > 0 and <= 100, "above 0, up to 100");
        _minLength.Accept(value => value is null or >= 0, "0 or more");
        _noRepeat.Accept(value => value is null or >= 0, "0 or more");
        _lookup.Accept(value => value is >= 0 and <= 100, "0 … 100");
        foreach (Option option in new Option[]
            { _tokens, _temperature, _topK, _topP, _penalty, _stops, _seed, _minLength, _noRepeat, _lookup })
            command.Add(option);
        foreach (Option option in _format.All)
            command.Add(option);
    }

    /// <summary>Combines the command line with the settings of the model's folder.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="model">The model.</param>
    /// <param name="isChat">Whether conversations are continued.</param>
    /// <exception cref="OptionsException">Options contradict each other.</exception>
    /// <exception cref="ModelException">The folder's settings are not supported, or the model has no such target language.</exception>
    public GenerationChoice Choose(ParseResult result, OpenedModel model, bool isChat)
    {
        GenerationSettings folder = model.GenerationSettings();
        Option[] sampled = [_temperature, _topK, _topP, _stops, _seed];
        // These turn off the folder's beam search, too, but not greedy decoding.
        Option[] unsearched = [_lookup, _draft.Folder, .. _format.All];
        string[] given = [.. sampled.Concat(unsearched).Where(option => IsGiven(result, option)).Select(option => option.Name)];
        int? wanted = result.GetValue(_beams);
        if (wanted > 1 && (isChat || given.Length > 0))
        {
            throw new OptionsException(isChat ? "--beams does not apply to conversations. Remove it."
                : $"--beams searches for the most probable text, so {string.Join(" and ", given)} cannot apply. Remove one of them.");
        }

        // Options of sampling turn off the folder's beam search.
        int beams = wanted ?? (isChat || given.Length > 0 ? 1 : folder.Beams?.Beams ?? 1);
        Option[] searched = [_best, _lengthPenalty, _early];
        if (beams == 1 && Array.Find(searched, option => IsGiven(result, option)) is { } idle)
            throw new OptionsException($"{idle.Name} belongs to a beam search. Add --beams with 2 or more.");
        bool samples = model.Model is not IEncoderDecoder || Array.Exists(sampled, option => IsGiven(result, option));
        TokenConstraints constraints = folder.Constraints ?? new TokenConstraints();
        return new GenerationChoice(
            new SamplingOptions
            {
                MaxNewTokens = result.GetValue(_tokens),
                Temperature = samples ? result.GetValue(_temperature) : 0,
                TopK = result.GetValue(_topK),
                TopP = result.GetValue(_topP),
                RepetitionPenalty = result.GetValue(_penalty),
                Stop = result.GetValue(_stops),
                Format = _format.Of(result, model),
                PromptLookup = result.GetValue(_lookup),
                Constraints = constraints with
                {
                    MinLength = result.GetValue(_minLength) ?? constraints.MinLength,
                    NoRepeatNGramSize = result.GetValue(_noRepeat) ?? constraints.NoRepeatNGramSize,
                },
            },
            beams == 1 ? null : Beams(result, beams, folder.Beams ?? new BeamOptions()),
            result.GetValue(_seed))
        {
            Prefix = result.GetValue(_language) is { } language ? LanguageToken(model, language) : "",
        };
    }

    /// <summary>The folder of a draft model; null for none.</summary>
    public string? DraftFolder(ParseResult result) => result.GetValue(_draft.Folder);

    /// <summary>The number of tokens that the draft proposes at a time.</summary>
    /// <exception cref="OptionsException">There is a number, but no draft.</exception>
    public int DraftTokens(ParseResult result) => _draft.Tokens(result);

    /// <summary>Whether scores are shown.</summary>
    public bool ShowsScores(ParseResult result) => IsGiven(result, _best);

    private BeamOptions Beams(ParseResult result, int beams, BeamOptions folder) => folder with
    {
        Beams = beams,
        Results = result.GetValue(_best) ?? 1,
        LengthPenalty = result.GetValue(_lengthPenalty) ?? folder.LengthPenalty,
        Stopping = result.GetValue(_early) switch
        {
            null => folder.Stopping,
            "true" => BeamStopping.WhenEnoughFinished,
            "never" => BeamStopping.WhenNoneCanBeBetter,
            _ => BeamStopping.WhenNoneIsBetter,
        },
    };

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    // A multilingual Marian reads the target language as the first token of the source.
    private static string LanguageToken(OpenedModel model, string language)
    {
        ITokenizer? tokenizer = model.Tokenizer;
        string token = $">>{language}<<";
        if (tokenizer?.TokenId(token) is not null)
            return $"{token} ";
        string[] known = tokenizer is null ? [] : [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.TokenText)
            .Where(text => text.StartsWith(">>", StringComparison.Ordinal) && text.EndsWith("<<", StringComparison.Ordinal))
            .Select(text => text[2..^2])];
        throw new ModelException(known.Length == 0
            ? $"--target-language is '{language}', but the model has no tokens for languages, so it has one target language. Remove it."
            : $"--target-language is '{language}', which the model does not have.{NearestName.Question(language, known)} " +
                $"Allowed: {string.Join(", ", known)}.");
    }
}
