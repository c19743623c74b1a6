using System.Text;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.Unicode;

namespace Tenon.Tokenizers.PreTokenizers;

/// <summary>Reads the <c>pre_tokenizer</c> of <c>tokenizer.json</c>.</summary>
internal static class PreTokenizerReader
{
    private const string Supported =
        "supported: BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, Metaspace, Punctuation, Sequence, Split, Whitespace and " +
        "WhitespaceSplit";

    // Whitespace uses a different regular-expression library from Split: its \w includes joiners and circled letters, but not ½.
    private const string RustWords = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D\u24B6-\u24E9";

    /// <summary>Reads a file's pre-tokenizer (null if it does not split) and whether the model's input is spelled in GPT-2's byte
    /// alphabet.</summary>
    /// <param name="file">The root of <c>tokenizer.json</c>.</param>
    /// <exception cref="DataException">The pre-tokenizer is malformed or unsupported.</exception>
    public static (PreTokenizer? PreTokenizer, bool ByteLevel) Read(JsonSection file)
    {
        if (file.Child("pre_tokenizer") is not { } section)
            return (null, false);
        var stages = new List<PreTokenizer>();
        var bytes = false;
        Add(section, stages, ref bytes);
        return (stages.Count switch { 0 => null, 1 => stages[0], _ => new PreTokenizerSequence(stages) }, bytes);
    }

    private static void Add(JsonSection section, List<PreTokenizer> stages, ref bool bytes)
    {
        var type = section.Required("type").AsText();
        if (bytes)
            throw section.Error($"({type}) follows ByteLevel; supported: ByteLevel as the last of a Sequence");
        switch (type)
        {
            case "Sequence":
                foreach (var item in section.Required("pretokenizers").Items())
                    Add(item, stages, ref bytes);
                break;
            case "ByteLevel":
                bytes = true;
                if (section.Flag("add_prefix_space", missing: true))
                    stages.Add(new SpacePrefix());
                if (section.Flag("use_regex", missing: true))
                    stages.Add(Gpt2Pattern.Instance);
                break;
            case "BertPreTokenizer":
                stages.Add(new BertWords());
                break;
            case "CharDelimiterSplit":
                stages.Add(new DelimiterSplit(DelimiterSplit.Text(section.Required("delimiter").AsText()), SplitBehavior.Removed));
                break;
            case "Digits":
                stages.Add(new DelimiterSplit(
                    DelimiterSplit.Characters(Rune.IsNumber),
                    section.Flag("individual_digits", missing: false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous));
                break;
            case "Metaspace":
                stages.Add(Metaspace(section));
                break;
            case "Punctuation":
                stages.Add(new DelimiterSplit(
                    DelimiterSplit.Characters(CharacterKinds.IsPunctuation), Behavior(section, SplitBehavior.Isolated)));
                break;
            case "Split":
                stages.Add(Split(section));
                break;
            case "Whitespace":
                stages.Add(new DelimiterSplit(
                    DelimiterSplit.Pattern(new CodePointRegex($"[{RustWords}]+|[^{RustWords}\\s]+")), SplitBehavior.Removed, invert: true));
                break;
            case "WhitespaceSplit":
                stages.Add(new DelimiterSplit(DelimiterSplit.Characters(Rune.IsWhiteSpace), SplitBehavior.Removed));
                break;
            default:
                throw section.Error($"is of type '{type}'; {Supported}");
        }
    }

    private static PreTokenizer Split(JsonSection section)
    {
        var behavior = Behavior(section, null);
        var invert = section.Flag("invert", missing: false);
        var (text, pattern) = section.Required("pattern").AsPattern();
        if (pattern is null)
            return new DelimiterSplit(DelimiterSplit.Text(text), behavior, invert);
        // These patterns leave nothing between their matches.
        if (Llama3Pattern.Find(pattern.Pattern) is { } known
            && (behavior == SplitBehavior.Isolated || (behavior == SplitBehavior.Removed && invert)))
            return known;
        return new DelimiterSplit(DelimiterSplit.Pattern(pattern), behavior, invert);
    }

    private static Metaspace Metaspace(JsonSection section)
    {
        var mark = section.Required("replacement");
        if (mark.AsText().Length != 1)
            throw mark.Error($"is '{mark.AsText()}', not one character");
        // Older files have add_prefix_space instead of prepend_scheme.
        var scheme = section.Child("prepend_scheme") is { } named
            ? named.AsText() switch
            {
                "always" => PrependScheme.Always,
                "first" => PrependScheme.First,
                "never" => PrependScheme.Never,
                var other => throw named.Error($"is '{other}'; supported: always, first and never"),
            }
            : section.Flag("add_prefix_space", missing: true) ? PrependScheme.Always : PrependScheme.Never;
        return new Metaspace(mark.AsText()[0], scheme, section.Flag("split", missing: true));
    }

    private static SplitBehavior Behavior(JsonSection section, SplitBehavior? missing) => section.Child("behavior") is not { } named
        ? missing ?? throw section.Error("has no 'behavior'")
        : named.AsText() switch
        {
            "Removed" or "removed" => SplitBehavior.Removed,
            "Isolated" or "isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" or "merged_with_previous" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" or "merged_with_next" => SplitBehavior.MergedWithNext,
            "Contiguous" or "contiguous" => SplitBehavior.Contiguous,
            var other => throw named.Error(
                $"is '{other}'; supported: Removed, Isolated, MergedWithPrevious, MergedWithNext and Contiguous"),
        };
}
