namespace Tenon;

/// <summary>Guesses the next tokens of a text from its earlier tokens (Saxena 2023, "Prompt lookup decoding").</summary>
internal static class PromptLookup
{
    // The last tokens to find again; longer sequences are better evidence.
    private const int Longest = 3;
    private const int Shortest = 2;

    /// <summary>Returns the tokens that followed the last earlier occurrence of a row's last tokens.</summary>
    /// <param name="row">The row.</param>
    /// <param name="count">Maximum number of tokens.</param>
    public static int[] Guess(GenerationRow row, int count)
    {
        if (count <= 0)
            return [];
        int[] tokens = [.. row.Source ?? [], .. row.Prompt, .. row.Tokens];
        for (int length = Longest; length >= Shortest && length < tokens.Length; length--)
        {
            ReadOnlySpan<int> last = tokens.AsSpan(tokens.Length - length);
            int found = tokens.AsSpan(0, tokens.Length - 1).LastIndexOf(last);
            if (found >= 0)
                return Following(tokens, found + length, count);
        }

        return [];
    }

    // A text that ends before there are enough tokens is repeating itself, and goes on as it began.
    private static int[] Following(int[] tokens, int start, int count)
    {
        var guess = new int[count];
        for (int i = 0; i < count; i++)
            guess[i] = start + i < tokens.Length ? tokens[start + i] : guess[start + i - tokens.Length];
        return guess;
    }
}
