using System.Globalization;
using System.Numerics;

namespace Tenon.Host.Inference.Formats;

/// <summary>The integers between two numbers in decimal digits, without leading zeros.</summary>
internal static class IntegerRange
{
    private static readonly Expression AnyDigit = Digit('0', '9');

    /// <summary>The digits of the integers.</summary>
    /// <param name="first">The smallest, at least 0.</param>
    /// <param name="last">The largest, at least <paramref name="first"/>.</param>
    public static Expression Of(BigInteger first, BigInteger last)
    {
        string least = Text(first), most = Text(last);
        return new Choice([.. Enumerable.Range(least.Length, most.Length - least.Length + 1).Select(length => Between(
            length == least.Length ? least : $"1{new string('0', length - 1)}",
            length == most.Length ? most : new string('9', length)))]);
    }

    // Numbers of one length.
    private static Expression Between(string least, string most)
    {
        if (least.Length == 0)
            return Expression.Empty;
        (char first, char last) = (least[0], most[0]);
        string rest = least[1..], end = most[1..];
        if (first == last)
            return new Sequence([Digit(first, first), Between(rest, end)]);
        var parts = new List<Expression>();
        bool isWholeStart = rest.All(digit => digit == '0'), isWholeEnd = end.All(digit => digit == '9');
        if (!isWholeStart)
            parts.Add(new Sequence([Digit(first, first), Between(rest, new string('9', rest.Length))]));
        (char from, char to) = (isWholeStart ? first : (char)(first + 1), isWholeEnd ? last : (char)(last - 1));
        if (from <= to)
            parts.Add(new Sequence([Digit(from, to), new Repeat(AnyDigit, rest.Length, rest.Length)]));
        if (!isWholeEnd)
            parts.Add(new Sequence([Digit(last, last), Between(new string('0', end.Length), end)]));
        return new Choice(parts);
    }

    private static Characters Digit(char first, char last) => new(CharacterSet.Of([(first, last)]));

    private static string Text(BigInteger number) => number.ToString(CultureInfo.InvariantCulture);
}
