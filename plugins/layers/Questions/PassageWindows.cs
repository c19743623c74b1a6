namespace Tenon.Layers;

/// <summary>Divides passages into windows that fit into a model's context, each after its question.</summary>
public static class PassageWindows
{
    /// <summary>Maximum number of tokens of a question; further ones are dropped.</summary>
    public const int LongestQuestion = 64;

    /// <summary>
    /// Maximum number of passage tokens that consecutive windows share; at most half of those in a window. An answer that is cut by the
    /// end of a window is whole in the next one unless it is longer.
    /// </summary>
    public const int MostShared = 128;

    /// <summary>Divides a passage.</summary>
    /// <param name="question">The question.</param>
    /// <param name="passage">The passage.</param>
    /// <param name="tokenizer">Encodes both. Its frame for two texts goes around them.</param>
    /// <param name="contextLength">Maximum number of tokens in a row.</param>
    /// <returns>The windows in order, at least one.</returns>
    /// <exception cref="DataException">
    /// The passage has no tokens, the tokenizer adds none before a text, or the context is too short for a token of the passage.
    /// </exception>
    public static IReadOnlyList<PassageWindow> Of(string question, string passage, ITokenizer tokenizer, int contextLength)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(tokenizer);
        TokenFrame frame = tokenizer.Frame(pair: true);
        if (frame.Before.Count == 0)
            throw new DataException("The tokenizer adds no token before a text ([CLS]), which stands for a missing answer. Use a " +
                "tokenizer that adds one, such as 'wordpiece'.");
        (List<int> ids, List<(int Start, int End)> characters) = Encode(passage, tokenizer);
        if (ids.Count == 0)
            throw new DataException("A passage is empty. It must contain at least one word.");
        int room = contextLength - frame.Count;
        IReadOnlyList<int> asked = [.. tokenizer.Encode(question).Take(Math.Min(LongestQuestion, room / 2))];
        room -= asked.Count;
        if (room < 1)
            throw new DataException($"The context length of {contextLength} tokens has no room for a question and a passage. Use a " +
                "model with a longer context.");
        int[] before = [.. frame.Before, .. asked, .. frame.Between];
        int step = room - Math.Min(MostShared, room / 2);
        List<PassageWindow> windows = [];
        for (int from = 0; from == 0 || from + room - step < ids.Count; from += step)
        {
            int count = Math.Min(room, ids.Count - from);
            windows.Add(new PassageWindow(
                [.. before, .. ids.GetRange(from, count), .. frame.After], before.Length, characters.GetRange(from, count)));
        }

        return windows;
    }

    // Word by word, because tokenizers do not report which characters a token stands for.
    private static (List<int> Ids, List<(int Start, int End)> Characters) Encode(string passage, ITokenizer tokenizer)
    {
        List<int> ids = [];
        List<(int Start, int End)> characters = [];
        foreach ((int start, int end) in PassageWords.Split(passage))
        {
            // With the space before it, because byte-level vocabularies distinguish the two.
            int from = start > 0 && char.IsWhiteSpace(passage[start - 1]) ? start - 1 : start;
            foreach (int id in tokenizer.Encode(passage[from..end]))
            {
                ids.Add(id);
                characters.Add((start, end));
            }
        }

        return (ids, characters);
    }
}
