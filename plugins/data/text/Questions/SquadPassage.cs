using System.Text.Json;

namespace Tenon.Text.Questions;

/// <summary>A passage whose answers are located by the index of their first character.</summary>
/// <param name="text">The passage.</param>
internal sealed class SquadPassage(string text)
{
    // SQuAD counts code points, .NET UTF-16 units. They differ only in passages with surrogate pairs.
    private readonly int[]? _indices = text.Any(char.IsSurrogate) ? CodePoints(text) : null;

    /// <summary>Converts a question.</summary>
    /// <param name="question">An object of <c>qas</c>.</param>
    /// <param name="location">File and line, for errors.</param>
    /// <exception cref="DataException">A field is missing, or an answer is not in the passage.</exception>
    public QuestionAnswerExample Question(JsonElement question, string location)
    {
        string name = SquadJson.Field(question, "id", location) is { ValueKind: JsonValueKind.String } id
            ? $"{location}: question '{id.GetString()}'" : $"{location}: a question";
        string asked = SquadJson.Text(question, "question", name);
        bool isImpossible = SquadJson.Field(question, "is_impossible", name) is { ValueKind: JsonValueKind.True };
        AnswerSpan[] answers = [.. SquadJson.List(question, "answers", name).Select(answer => Answer(answer, name)).Distinct()];
        return answers.Length == 0 || !isImpossible
            ? new QuestionAnswerExample(asked, text, answers)
            : throw new DataException($"{name}: 'is_impossible' is true, but there are 'answers'. Remove one of them.");
    }

    private AnswerSpan Answer(JsonElement answer, string location)
    {
        string words = SquadJson.Text(answer, "text", location);
        if (SquadJson.Field(answer, "answer_start", location) is not { ValueKind: JsonValueKind.Number } start
            || !start.TryGetInt32(out int at))
            throw new DataException($"{location}: an answer has no whole number 'answer_start'.");
        int index = _indices is null ? at : at >= 0 && at < _indices.Length ? _indices[at] : -1;
        return index >= 0 && index <= text.Length && text.AsSpan(index).StartsWith(words, StringComparison.Ordinal)
            ? new AnswerSpan(index, words)
            : throw new DataException($"{location}: the passage does not contain the answer '{Shortened(words)}' at character {at} " +
                "('answer_start'). Correct one of them.");
    }

    private static string Shortened(string words) => words.Length <= 60 ? words : $"{words[..60]}…";

    // For each code point, the index of its first UTF-16 unit.
    private static int[] CodePoints(string text)
    {
        List<int> indices = [];
        for (int at = 0; at < text.Length; at += char.IsSurrogatePair(text, at) ? 2 : 1)
            indices.Add(at);
        return [.. indices];
    }
}
