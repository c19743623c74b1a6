using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Questions;

/// <summary>
/// Reads files in SQuAD's format: <c>{"data": [{"paragraphs": [{"context": …, "qas": [{"id": …, "question": …, "answers":
/// [{"text": …, "answer_start": …}], "is_impossible": …}]}]}]}</c>.
/// </summary>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives questions that cannot be used.</param>
internal sealed class SquadReader(InflatedFiles inflated, Action<DataException> reject)
{
    /// <summary>Extensions of supported files.</summary>
    public static readonly string[] Extensions = [".json"];

    /// <summary>Reads the questions of a file in order, without those that are rejected.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="DataException">The file is not in SQuAD's format.</exception>
    public List<Located<QuestionAnswerExample>> Read(string file)
    {
        ReadOnlySpan<byte> json = JsonContent.Read(inflated, file).Span;
        List<Located<QuestionAnswerExample>> questions = [];
        if (JsonContent.IsBlank(json))
            return questions;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Wrong(file, json, reader, "the file does not start with an object");
            (long line, int counted) = (1, 0);
            bool hasData = false;
            while (NextList(ref reader, "data", file, json))
            {
                hasData = true;
                while (NextObject(ref reader, "'data'", file, json))
                {
                    while (NextList(ref reader, "paragraphs", file, json))
                    {
                        while (NextObject(ref reader, "'paragraphs'", file, json))
                        {
                            int start = (int)reader.TokenStartIndex;
                            line += json[counted..start].Count((byte)'\n');
                            counted = start;
                            reader.Skip();
                            questions.AddRange(Paragraph(json[start..(int)reader.BytesConsumed], $"{file}:{line}"));
                        }
                    }
                }
            }

            reader.Read(); // nothing may follow the object
            return hasData ? questions : throw Wrong(file, json, reader, "there is no list 'data'");
        }
        catch (JsonException fault)
        {
            throw JsonContent.Invalid(file, fault);
        }
    }

    // Enters the next list with a name in the object that the reader is in; false at the end of the object.
    private static bool NextList(ref Utf8JsonReader reader, string name, string file, ReadOnlySpan<byte> json)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isWanted = reader.ValueTextEquals(name);
            reader.Read();
            if (isWanted)
                return reader.TokenType == JsonTokenType.StartArray ? true : throw Wrong(file, json, reader, $"'{name}' is not a list");
            reader.Skip();
        }

        return false;
    }

    // Enters the next object of the list that the reader is in; false at the end of the list.
    private static bool NextObject(ref Utf8JsonReader reader, string list, string file, ReadOnlySpan<byte> json)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndArray)
            return false;
        return reader.TokenType == JsonTokenType.StartObject
            ? true : throw Wrong(file, json, reader, $"{list} contains a value that is not an object");
    }

    private static DataException Wrong(string file, ReadOnlySpan<byte> json, Utf8JsonReader reader, string what)
    {
        int line = 1 + json[..(int)reader.TokenStartIndex].Count((byte)'\n');
        return new DataException($"{file}:{line}: not in SQuAD's format: {what}. The file must be an object with 'data', a list of " +
            "articles with 'paragraphs', each of which has a 'context' and 'qas'.");
    }

    // The location is the line on which the paragraph starts: most files have a single line.
    private List<Located<QuestionAnswerExample>> Paragraph(ReadOnlySpan<byte> json, string location)
    {
        using JsonDocument document = JsonLine.Parse(json, () => location);
        JsonElement paragraph = document.RootElement;
        List<Located<QuestionAnswerExample>> read = [];
        try
        {
            var passage = new SquadPassage(SquadJson.Text(paragraph, "context", $"{location}: a paragraph"));
            foreach (JsonElement question in SquadJson.List(paragraph, "qas", $"{location}: a paragraph"))
            {
                try
                {
                    read.Add(new Located<QuestionAnswerExample>(passage.Question(question, location), location));
                }
                catch (DataException fault)
                {
                    reject(fault);
                }
            }
        }
        catch (DataException fault)
        {
            reject(fault);
        }

        return read;
    }
}
