namespace Tenon.Host.Tests.Inference.Formats;

/// <summary>Texts that are drawn from a format as a model without preferences would.</summary>
internal static class RandomTexts
{
    /// <summary>Draws tokens until the text ends.</summary>
    /// <param name="format">The format.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="limit">Most tokens of a text.</param>
    /// <returns>The text; null if it did not end within the limit.</returns>
    public static string? Draw(ITokenFormat format, ITokenizer tokenizer, ulong seed, int limit = 400)
    {
        var random = new SeededRandom(seed);
        ITokenFormatState state = format.Start();
        var ids = new List<int>();
        while (ids.Count < limit)
        {
            if (state.MayEnd && (state.IsComplete || random.Next(4) == 0))
                return tokenizer.Decode(ids);
            var allowed = new bool[tokenizer.VocabularySize + 2];
            state.Allow(allowed);
            int[] next = [.. allowed.Index().Where(each => each.Item).Select(each => each.Index)];
            next.Should().NotBeEmpty("'{0}' must go on, because it may not end", tokenizer.Decode(ids));
            ids.Add(next[random.Next(next.Length)]);
            state.Add(ids[^1]);
        }

        return null;
    }
}
