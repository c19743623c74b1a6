namespace Tenon.SentenceModel;

/// <summary>Sentences of different lengths, languages, scripts and punctuation.</summary>
internal static class Sentences
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "The fox runs.",
        "a",
        "This is an example sentence.",
        "Each sentence is converted into a vector of 384 numbers, whatever its length.",
        "How do I install the printer driver on Windows 11?",
        "HOW DO I INSTALL THE PRINTER DRIVER?!",
        "Better late than never; better safe than sorry.",
        "In 1969, Apollo 11 landed on the Moon (384,400 km away).",
        "f(x) = x^2 + 3*x - 7, for all x in [0, 1]",
        "C# and F# run on .NET; see https://example.org/a?b=c&d=1#top",
        "user@example.org wrote: \"don't @ me\"",
        "@mentions and #hashtags begin here",
        "Das ist ein deutscher Satz über Käse und Straßen.",
        "L'été, à Nîmes, on mange des pêches à l'ombre.",
        "El niño pequeño corrió rápidamente hacia el árbol.",
        "Привет, мир! Как дела?",
        "今日は天気がいいですね。",
        "你好,世界",
        "안녕하세요",
        "مرحبا بالعالم",
        "Ünïcödé naïve café résumé",
        "Smile 🙂 and wave 👋🏽 at the 🌍!",
        "½ cup of sugar, 25 °C, €9.99 and £5",
        "tabs\tand\nnewlines\r\nare spaces",
        "   leading and trailing spaces   ",
        "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
        "xqzvjkw bnmplk qwrtzp",
        "...",
        "-- — – …",
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the " +
        "epoch of belief, "
            + "it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the spring of " +
                "hope, it was the winter of despair.",
        string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog and ", 20)),
    ];
}
