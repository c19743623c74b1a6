namespace Tenon.Host.Inference.Formats;

/// <summary>
/// The sets of characters that regular expressions name. Those that libraries define differently are the smallest: digits, letters and
/// white space of ASCII.
/// </summary>
internal static class PatternSets
{
    private static readonly CharacterSet Digits = CharacterSet.Of([('0', '9')]);
    private static readonly CharacterSet WordCharacters = CharacterSet.Of([('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')]);
    private static readonly CharacterSet WhiteSpace = CharacterSet.Of(" \t\n\r\f\v");

    // White space that \S excludes in at least one library.
    private static readonly CharacterSet AllWhiteSpace =
        CharacterSet.Of([(0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
            (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]);

    /// <summary>What a dot stands for: all characters but line ends.</summary>
    public static CharacterSet AnyInLine { get; } = CharacterSet.Of("\n\r\u2028\u2029").Complement();

    /// <summary>The set of an escape with a letter; null if the letter has no set.</summary>
    /// <param name="letter">The letter after the backslash.</param>
    public static CharacterSet? Escape(int letter) => letter switch
    {
        'd' => Digits,
        'D' => Digits.Complement(),
        'w' => WordCharacters,
        'W' => WordCharacters.Complement(),
        's' => WhiteSpace,
        'S' => AllWhiteSpace.Complement(),
        'n' => CharacterSet.Of("\n"),
        'r' => CharacterSet.Of("\r"),
        't' => CharacterSet.Of("\t"),
        'f' => CharacterSet.Of("\f"),
        'v' => CharacterSet.Of("\v"),
        '0' => CharacterSet.Of("\0"),
        _ => null,
    };
}
