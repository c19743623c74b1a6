using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.Rewards;

/// <summary>An answer in a form in which equal answers are equal texts.</summary>
internal static partial class AnswerText
{
    /// <summary>
    /// Normalizes an answer: numbers to sign, digits and power of ten (<c>+1,000.0</c>, <c>1e3</c> and <c>1000.</c> are equal; nothing
    /// is rounded), other texts to single spaces.
    /// </summary>
    /// <param name="answer">Any text.</param>
    public static string Normalize(string answer)
    {
        string text = string.Join(' ', answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Match number = Number().Match(text);
        if (!number.Success || !int.TryParse(
            number.Groups["exponent"].Value is { Length: > 0 } written ? written : "0", NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out int exponent))
        {
            return text;
        }

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
        @"^(?<sign>[+−-]?)(?=\.?[0-9])(?<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.(?<fraction>[0-9]*))?(?:[eE](?<exponent>[+-]?[0-9]+))?$")]
    private static partial Regex Number();
}
