using System.Text.Json;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Converts names of the contract's types to plain words.</summary>
internal static class ContractWords
{
    /// <summary>Describes a model with a capability: <c>a causal language model</c>, <c>prompt tunable</c>.</summary>
    /// <param name="capability">Full name of an interface or model class.</param>
    public static string Capability(string capability)
    {
        string name = CombinationChecker.Short(capability);
        string words = Words(name is ['I', >= 'A' and <= 'Z', ..] ? name[1..] : name);
        return words.EndsWith("able", StringComparison.Ordinal)
            ? words : $"{("aeiou".Contains(words[0], StringComparison.Ordinal) ? "an" : "a")} {words}";
    }

    /// <summary>Plural of an example or outcome type: <c>labelled text examples</c>, <c>image outcomes</c>.</summary>
    /// <param name="type">Full name of a class.</param>
    public static string Several(string type) => Words(CombinationChecker.Short(type)) + "s";

    // GGUF is an acronym, which the names of the contract write like a word.
    private static string Words(string name) =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(name).Replace('-', ' ').Replace("gguf", "GGUF", StringComparison.Ordinal);
}
