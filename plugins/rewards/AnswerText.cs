using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>Converts answers to a canonical form, in which equal answers are equal strings.</summary>
internal static partial class AnswerText
{
    /// <summary>
    /// Normalizes an answer. A number becomes its sign, significant digits and power of ten: <c>+1,000.0</c>, <c>1e3</c> and
    /// <c>1000.</c> are equal, and nothing is rounded. In any other text, whitespace becomes single spaces.
    /// </summary>
    /// <param name="answer">Any text.</param>
    public static string Normalize(string answer)
    {
        string text = string.Join(' ', answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Match number = Number().Match(text);
        if (!number.Success)
            return text;
        int exponent = 0;
        string written = number.Groups["exponent"].Value;
        if (written.Length > 0 && !int.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return text;
        string fraction = number.Groups["fraction"].Value;
        string digits = number.Groups["whole"].Value.Replace(",", "", StringComparison.Ordinal) + fraction;
        string significant = digits.Trim('0');
        if (significant.Length == 0)
            return "0";
        long power = (long)exponent - fraction.Length + (digits.Length - digits.TrimEnd('0').Length);
        string sign = number.Groups["sign"].Value is "-" or "−" ? "-" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{significant}e{power}");
    }

    [GeneratedRegex(
        @"^(?<sign>[+−-]?)(?=\.?[0-9])(?<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)" +
        @"(?:\.(?<fraction>[0-9]*))?(?:[eE](?<exponent>[+-]?[0-9]+))?$")]
    private static partial Regex Number();
}
